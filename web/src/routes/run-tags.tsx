// The tags of a run, changed in a dialog.

import { Button, Group, Modal } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { tagRun } from "../api/run-queries";
import { ErrorNote } from "../components/ErrorNote";
import { TagsField } from "../components/TagsField";
import type { RunDetail } from "../model/messages";
import { changeOf, textsOf } from "../model/tags";

export function TagsDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const queries = useQueryClient();
  // What others change meanwhile stays: only what differs from the beginning is said.
  const [before] = useState(run.tags);
  const [texts, setTexts] = useState(() => textsOf(run.tags));
  const saving = useMutation({
    mutationFn: () => tagRun(run.run_id, changeOf(before, texts)),
    onSuccess: () => {
      onClose();
      void queries.invalidateQueries({ queryKey: ["run", run.run_id] });
      void queries.invalidateQueries({ queryKey: ["runs"] });
    },
  });
  return (
    <Modal opened onClose={onClose} title="Tags of this run" centered closeButtonProps={{ "aria-label": "Close" }}>
      <TagsField autoFocus value={texts} onChange={setTexts} description="A key and a value, as in team=vision; the value may be empty. Enter ends a tag." />
      {saving.error && <ErrorNote error={saving.error} title="The tags were not changed" />}
      <Group justify="flex-end" mt="lg" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={saving.isPending} onClick={() => saving.mutate()}>
          Save tags
        </Button>
      </Group>
    </Modal>
  );
}
