// Turns the pages of a list: the next one, the one before, and how many rows each has.

import { Button, Group, Select } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconChevronsLeft } from "@tabler/icons-react";

interface Props {
  /** Absent: there is none. */
  onNext?: () => void;
  onBack?: () => void;
  onFirst?: () => void;
  size?: number;
  sizes?: readonly number[];
  onSize?: (size: number) => void;
}

export function Pager({ onNext, onBack, onFirst, size, sizes = [], onSize }: Props) {
  return (
    <Group component="nav" aria-label="Pages" justify="flex-end" gap="xs" mt="sm">
      {onSize !== undefined && (
        <Select
          size="xs"
          w={120}
          aria-label="Rows on a page"
          allowDeselect={false}
          data={sizes.map((one) => ({ value: String(one), label: `${one} a page` }))}
          value={String(size)}
          onChange={(value) => onSize(Number(value))}
        />
      )}
      {onFirst !== undefined && (
        <Button size="xs" variant="default" leftSection={<IconChevronsLeft size={14} />} onClick={onFirst}>
          First
        </Button>
      )}
      <Button size="xs" variant="default" leftSection={<IconChevronLeft size={14} />} disabled={onBack === undefined} onClick={onBack}>
        Previous
      </Button>
      <Button size="xs" variant="default" rightSection={<IconChevronRight size={14} />} disabled={onNext === undefined} onClick={onNext}>
        Next
      </Button>
    </Group>
  );
}
