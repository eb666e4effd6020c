// What to do first, where nothing has been done yet.

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { CopyText } from "../CopyText";
import styles from "./home.module.css";

/** `home`: where this server keeps everything; a command of another home would not be seen here. */
export function FirstSteps({ home }: { home: string }) {
  return (
    <>
      <p style={{ maxWidth: "60ch", marginTop: 0 }}>
        Nothing has run here yet. Whatever is run in this home{home === "" ? "" : <> (<code>{home}</code>)</>} appears on this page by itself, step by step.
      </p>
      <ul className={styles.steps}>
        <li className={styles.step}>
          <h2>See one run</h2>
          <p>The demo trains two small models and compares them: graph, logs, metrics and a report, in half a minute.</p>
          <CopyText block text="bakehouse demo" what="command" />
        </li>
        <li className={styles.step}>
          <h2>Run your own</h2>
          <p>A Python file with a pipeline in it, or YAML that was compiled by Bakehouse or by KFP’s SDK.</p>
          <CopyText block text="bakehouse run pipeline.py" what="command" />
        </li>
        <li className={styles.step}>
          <h2>Upload a pipeline</h2>
          <p>Then it can be started from here, as often as you like, with a form for its inputs.</p>
          <Button renderRoot={(props) => <Link to="/pipelines/upload" {...props} />}>Upload pipeline</Button>
        </li>
      </ul>
    </>
  );
}
