// The frame around every page, with the state of the connection.

import { useQuery } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";

import { address, remove } from "../api/client";
import { aboutServer } from "../api/queries";
import { useConnection, useWatch } from "../api/stream";
import { Shell } from "../components/Shell";
import type { About } from "../model/messages";
import { isLoginWanted } from "../model/problems";
import { LoginPage } from "./login";

const ALWAYS = { fresh: true };

/** The page, or the login where the server wants to know first who asks. */
export function RootPage() {
  const about = useQuery(aboutServer());
  if (isLoginWanted(about.error)) return <LoginPage />;
  return <Frame about={about.data} />;
}

/** Something is watched on every page: a lost connection is told wherever one is. */
function Frame({ about }: { about: About | undefined }) {
  useWatch(ALWAYS);
  const connection = useConnection();
  return (
    <Shell lost={connection.state === "lost"} heard={connection.heard} version={about?.version ?? ""} leave={about?.login === true ? logOut : null}>
      <Outlet />
    </Shell>
  );
}

async function logOut(): Promise<void> {
  await remove(address(["login"]));
  window.location.reload();
}
