// The frame around every page, with the state of the connection.

import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";

import { aboutServer } from "../api/queries";
import { useConnection, useWatch } from "../api/stream";
import { Shell } from "../components/Shell";

const ALWAYS = { fresh: true };

/** Something is watched on every page: a lost connection is told wherever one is. */
export function RootPage() {
  useWatch(ALWAYS);
  const connection = useConnection();
  const about = useQuery(aboutServer());
  return (
    <Shell lost={connection.state === "lost"} heard={connection.heard} version={about.data?.version ?? ""}>
      <Outlet />
    </Shell>
  );
}
