// What can be done with a graph: zoom, fit, save as a picture.

import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import { IconArrowsMaximize, IconDownload, IconMinus, IconPlus } from "@tabler/icons-react";
import { Panel, useReactFlow } from "@xyflow/react";
import type { ReactNode } from "react";

import { svgOf } from "../../model/drawing";
import { fileName } from "../../model/files";
import type { Placed } from "../../model/graphs";
import { pngOf } from "../pictures";
import { saveBlob, saveText } from "../saving";
import styles from "./GraphView.module.css";

export function GraphControls({ placed, scheme, name }: { placed: Placed; scheme: "light" | "dark"; name: string }) {
  const flow = useReactFlow();
  const drawn = (): string => svgOf(placed, scheme, name);
  return (
    <Panel position="top-right" className={styles.controls}>
      <Control label="Zoom in" onClick={() => void flow.zoomIn()}>
        <IconPlus size={16} />
      </Control>
      <Control label="Zoom out" onClick={() => void flow.zoomOut()}>
        <IconMinus size={16} />
      </Control>
      <Control label="Show all of it" onClick={() => void flow.fitView({ padding: 0.08, maxZoom: 1, duration: 200 })}>
        <IconArrowsMaximize size={16} />
      </Control>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size="md" aria-label="Save the graph as a picture" title="Save as a picture">
            <IconDownload size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => void pngOf(drawn(), placed).then((blob) => saveBlob(fileName([name], "png"), blob))}>PNG</Menu.Item>
          <Menu.Item onClick={() => saveText(fileName([name], "svg"), drawn(), "image/svg+xml")}>SVG</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Panel>
  );
}

function Control({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <Tooltip label={label} position="left">
      <ActionIcon variant="default" size="md" aria-label={label} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  );
}
