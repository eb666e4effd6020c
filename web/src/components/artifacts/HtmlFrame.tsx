// HTML that a step wrote, in a frame that can reach nothing but itself.

import { Button, Group, Modal, Text } from "@mantine/core";
import { IconMaximize } from "@tabler/icons-react";
import { useRef, useState } from "react";

import { EmptyState } from "../EmptyState";
import styles from "./artifacts.module.css";

export function HtmlFrame({ address, name }: { address: string; name: string }) {
  const [full, setFull] = useState(false);
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text size="sm" c="dimmed">
          Shown apart from this page: it can load nothing from elsewhere, and its links lead nowhere.
        </Text>
        <Button leftSection={<IconMaximize aria-hidden size={16} />} onClick={() => setFull(true)} size="xs" variant="default">
          Full screen
        </Button>
      </Group>
      <Frame address={address} title={name} />
      <Modal opened={full} onClose={() => setFull(false)} fullScreen title={name} closeButtonProps={{ "aria-label": "Close" }}>
        <Frame address={address} title={`${name}, full screen`} full />
      </Modal>
    </div>
  );
}

/** Whatever is loaded after the report itself is another page, or the browser's word that it may not be shown here. */
function Frame({ address, title, full = false }: { address: string; title: string; full?: boolean }) {
  const loads = useRef(0);
  const [left, setLeft] = useState(false);
  const loaded = (): void => {
    loads.current += 1;
    if (loads.current > 1) setLeft(true);
  };
  const again = (): void => {
    loads.current = 0;
    setLeft(false);
  };
  if (left) {
    return (
      <EmptyState title="That link leads out of the report" actions={<Button variant="default" onClick={again}>Show the report again</Button>}>
        Nothing from elsewhere is shown here. To follow its links, download the report and open the file.
      </EmptyState>
    );
  }
  return <iframe src={address} title={title} sandbox="allow-scripts" className={styles.frame} data-full={full || undefined} onLoad={loaded} />;
}
