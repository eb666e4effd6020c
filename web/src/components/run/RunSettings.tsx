// With which settings a run was started.

import { duration } from "../../model/durations";
import type { GitState, RunDetail } from "../../model/messages";
import { changesText, commitText, fileText } from "../../model/recorded";
import { chosenSteps } from "../../model/run";
import { CopyText } from "../CopyText";
import { Time } from "../Time";
import { type Fact, Facts } from "./Facts";

export function RunSettings({ run }: { run: RunDetail }) {
  return (
    <Facts
      label="Settings"
      facts={[
        ["Description", run.description],
        ["Created", <Time key="created" at={run.created_at} full />],
        ["Started", run.started_at === null ? "" : <Time key="started" at={run.started_at} full />],
        ["Ended", run.finished_at === null ? "" : <Time key="ended" at={run.finished_at} full />],
        ["Runner", run.runner],
        ["Environment", run.environment],
        ["Cache", run.use_cache ? "results of earlier steps with the same inputs are reused" : "not used: every step runs"],
        ["Selection", chosenSteps(run.selection)],
        ["After a failure", run.keep_going ? "steps that do not depend on the failed one go on" : "nothing new starts"],
        ["Steps at a time", run.max_parallel === 0 ? "as many as the machine has places for" : `at most ${run.max_parallel}`],
        ["Loops in loops", run.nested_lists ? "give a list of lists" : ""],
        ["A step that asks for too much", run.strict_resources ? "fails" : "gets all that its machine has"],
        ...gitFacts(run.git),
        ["Ends at the latest", run.timeout === 0 ? "" : `${duration(run.timeout)} after its start`],
        ["Service account", run.service_account],
        ["Pipeline root", run.pipeline_root === "" ? "" : <CopyText key="root" text={run.pipeline_root} what="the pipeline root" />],
      ]}
    />
  );
}

/** In which state the author's file was; nothing of runs that were not started from one. */
const gitFacts = (git: GitState | null): Fact[] =>
  git === null
    ? []
    : [
        ["File", fileText(git) === "" ? "" : <code key="file">{fileText(git)}</code>],
        ["Git commit", <span key="commit" title={git.commit}>{commitText(git)}</span>],
        ["Changed since the commit", changesText(git)],
        ["Repository", git.remote === "" ? "" : <CopyText key="remote" text={git.remote} what="the address of the repository" />],
      ];
