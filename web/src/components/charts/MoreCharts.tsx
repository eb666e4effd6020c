// What stands below charts that are not all there are.

import { Button, Text } from "@mantine/core";

import { CHARTS_AT_ONCE, TRUNCATED } from "../../model/series";
import { Words } from "../Words";

interface Props {
  /** How many there are, and whether all of them are shown. */
  number: number;
  all: boolean;
  /** Whether the server has told of all. */
  truncated: boolean;
  onAll: () => void;
}

export function MoreCharts({ number, all, truncated, onAll }: Props) {
  return (
    <>
      {!all && number > CHARTS_AT_ONCE && (
        <Button onClick={onAll} style={{ alignSelf: "flex-start" }} variant="default">
          Show all {number} charts
        </Button>
      )}
      {truncated && (
        <Text size="sm">
          <Words text={TRUNCATED} />
        </Text>
      )}
    </>
  );
}
