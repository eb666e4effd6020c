// HTML that a step wrote, in a frame that can reach nothing but itself.

import { Button, Group, Modal, Text } from "@mantine/core";
import { IconMaximize } from "@tabler/icons-react";
import { useState } from "react";

import styles from "./artifacts.module.css";

export function HtmlFrame({ address, name }: { address: string; name: string }) {
  const [full, setFull] = useState(false);
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text size="sm" c="dimmed">
          Shown apart from this page: it can load nothing from elsewhere.
        </Text>
        <Button leftSection={<IconMaximize aria-hidden size={16} />} onClick={() => setFull(true)} size="xs" variant="default">
          Full screen
        </Button>
      </Group>
      <iframe src={address} title={name} sandbox="allow-scripts" className={styles.frame} />
      <Modal opened={full} onClose={() => setFull(false)} fullScreen title={name} closeButtonProps={{ "aria-label": "Close" }}>
        <iframe src={address} title={`${name}, full screen`} sandbox="allow-scripts" className={styles.frame} data-full />
      </Modal>
    </div>
  );
}
