// Starts the page: what all of it shares, and where KFP's old addresses lead.

import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./base.css";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { aboutServer } from "./api/queries";
import { StreamProvider } from "./api/stream";
import { ourAddress } from "./model/legacy";
import { isLoginWanted, TroubleError } from "./model/problems";
import { loadAhead, router } from "./router";
import { resolver, theme } from "./theme";

const ABOUT = aboutServer().queryKey;

const queries: QueryClient = new QueryClient({
  // A login may end while the page is open: then the page asks for it anew.
  queryCache: new QueryCache({
    onError: (error, query) => {
      if (isLoginWanted(error) && query.queryKey[0] !== ABOUT[0]) void queries.invalidateQueries({ queryKey: ABOUT });
    },
  }),
  defaultOptions: {
    // The server is mostly this very machine, which may be without a network.
    queries: { networkMode: "always", retry: (failures, error) => failures < 2 && !(error instanceof TroubleError && error.trouble.status >= 400 && error.trouble.status < 500) },
    mutations: { networkMode: "always" },
  },
});

/** Before the router looks at the address; it knows no hashes. */
function leadFromKfp(): boolean {
  const ours = ourAddress(window.location.hash);
  if (ours === null) return false;
  window.history.replaceState(null, "", new URL(ours, document.baseURI));
  return true;
}

leadFromKfp();
window.addEventListener("hashchange", () => {
  if (leadFromKfp()) void router.invalidate();
});

const place = document.getElementById("root");
if (place === null) throw new Error("the page has no #root");
createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={resolver} defaultColorScheme="auto">
      <Notifications position="bottom-left" />
      <QueryClientProvider client={queries}>
        <StreamProvider>
          <RouterProvider router={router} />
        </StreamProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

/** Milliseconds after which the first page is surely shown. */
const SHOWN = 3_000;
setTimeout(loadAhead, SHOWN);
