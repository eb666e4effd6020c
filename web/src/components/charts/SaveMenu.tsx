// A button that saves what stands beside it, in one of several forms.

import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";

export interface Saving {
  readonly label: string;
  readonly save: () => void;
}

export function SaveMenu({ subject, ways }: { subject: string; ways: readonly Saving[] }) {
  const [only] = ways;
  const button = (label: string, onClick?: () => void) => (
    <Button aria-label={`${label}: ${subject}`} leftSection={<IconDownload aria-hidden size={16} />} onClick={onClick} size="xs" variant="default">
      {label}
    </Button>
  );
  if (ways.length === 1 && only) return button(`Save ${only.label}`, only.save);
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>{button("Save")}</Menu.Target>
      <Menu.Dropdown>
        {ways.map((way) => (
          <Menu.Item key={way.label} onClick={way.save}>
            {way.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
