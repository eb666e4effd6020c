// All pages by their addresses. Each page's code is loaded when it is opened first.
//
// A page reads its address by `getRouteApi("/runs/$id")`: `useParams()`, `useSearch()`, `useNavigate()`.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";

import { patiently } from "./patient";
import {
  artifactSearch,
  compareSearch,
  newRunSearch,
  parseSearch,
  pipelinesSearch,
  runSearch,
  runsSearch,
  uploadSearch,
  versionSearch,
  writeSearch,
} from "./model/addresses";
import { LoadingPage } from "./components/LoadingPage";
import { ErrorPage } from "./routes/error";
import { NotFoundPage } from "./routes/not-found";
import { RootPage } from "./routes/root";

const root = createRootRoute({ component: RootPage });

const home = createRoute({ getParentRoute: () => root, path: "/", component: lazyRouteComponent(() => patiently(() => import("./routes/home")), "HomePage") });
const pipelines = createRoute({
  getParentRoute: () => root,
  path: "/pipelines",
  validateSearch: pipelinesSearch,
  component: lazyRouteComponent(() => patiently(() => import("./routes/pipelines")), "PipelinesPage"),
});
const upload = createRoute({
  getParentRoute: () => root,
  path: "/pipelines/upload",
  validateSearch: uploadSearch,
  component: lazyRouteComponent(() => patiently(() => import("./routes/pipeline-upload")), "PipelineUploadPage"),
});
const pipeline = createRoute({
  getParentRoute: () => root,
  path: "/pipelines/$id",
  component: lazyRouteComponent(() => patiently(() => import("./routes/pipeline")), "PipelinePage"),
});
const version = createRoute({
  getParentRoute: () => root,
  path: "/pipelines/$id/versions/$vid",
  validateSearch: versionSearch,
  component: lazyRouteComponent(() => patiently(() => import("./routes/pipeline-version")), "PipelineVersionPage"),
});
const runs = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => patiently(() => import("./routes/runs")), "RunsPage"),
});
const newRun = createRoute({
  getParentRoute: () => root,
  path: "/runs/new",
  validateSearch: newRunSearch,
  component: lazyRouteComponent(() => patiently(() => import("./routes/new-run")), "NewRunPage"),
});
const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id",
  validateSearch: runSearch,
  component: lazyRouteComponent(() => patiently(() => import("./routes/run")), "RunPage"),
});
const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare",
  validateSearch: compareSearch,
  component: lazyRouteComponent(() => patiently(() => import("./routes/compare")), "ComparePage"),
});
const artifact = createRoute({
  getParentRoute: () => root,
  path: "/artifacts/$id",
  validateSearch: artifactSearch,
  component: lazyRouteComponent(() => patiently(() => import("./routes/artifact")), "ArtifactPage"),
});

/** The path below which the server serves us, without the last slash. */
export const basePath = (): string => new URL(document.baseURI).pathname.replace(/\/+$/, "");

export const router = createRouter({
  routeTree: root.addChildren([home, pipelines, upload, pipeline, version, runs, newRun, run, compare, artifact]),
  basepath: basePath() || "/",
  parseSearch,
  stringifySearch: writeSearch,
  defaultPreload: "intent",
  defaultPendingMs: 300,
  defaultPendingComponent: LoadingPage,
  defaultErrorComponent: ErrorPage,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
});

/** Loads the code of all pages (not of editors, graphs and charts): they open at once, and also while the server is down. */
export function loadAhead(): void {
  for (const route of Object.values(router.routesById)) void router.loadRouteChunk(route)?.catch(() => undefined);
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
