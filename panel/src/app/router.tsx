/** The pages and their addresses. Each page is loaded when it is first visited. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from "@tanstack/react-router";

import { filtersOf } from "../api/filters";
import { approvalsSearch } from "../pages/approvals/search";
import { commentSearch, forumSearch } from "../pages/forum/search";
import { Overview } from "../pages/overview";
import { worldSearch } from "../pages/world/search";
import { Crashed } from "./Crashed";
import { safeBack } from "./login";
import { NotFound } from "./NotFound";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Crashed });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search): { back: string } => ({ back: safeBack(search.back) }),
  component: lazyRouteComponent(() => import("../pages/login"), "Login"),
});

const shell = createRoute({ getParentRoute: () => root, id: "shell", component: Shell });

const overview = createRoute({ getParentRoute: () => shell, path: "/", component: Overview });

/** The Overview's address if the panel is mounted in an app that uses `/` itself. */
const mounted = createRoute({ getParentRoute: () => shell, path: "/heartbeat", component: Overview });

const threads = createRoute({
  getParentRoute: () => shell,
  path: "/threads",
  validateSearch: (search): { q?: string } =>
    typeof search.q === "string" && search.q !== "" ? { q: search.q } : {},
  component: lazyRouteComponent(() => import("../pages/threads/list"), "ThreadsPage"),
});

const thread = createRoute({
  getParentRoute: () => shell,
  path: "/threads/$threadId",
  component: lazyRouteComponent(() => import("../pages/threads"), "ThreadPage"),
});

const defaults = createRoute({
  getParentRoute: () => shell,
  path: "/defaults",
  component: lazyRouteComponent(() => import("../pages/config"), "DefaultsPage"),
});

const instructions = createRoute({
  getParentRoute: () => shell,
  path: "/instructions",
  validateSearch: (search): { thread?: string } =>
    typeof search.thread === "string" && search.thread !== "" ? { thread: search.thread } : {},
  component: lazyRouteComponent(() => import("../pages/instructions"), "InstructionsPage"),
});

const beat = createRoute({
  getParentRoute: () => shell,
  path: "/beats/$beatId",
  component: lazyRouteComponent(() => import("../pages/beats"), "BeatPage"),
});

const approvals = createRoute({
  getParentRoute: () => shell,
  path: "/approvals",
  validateSearch: approvalsSearch,
  component: lazyRouteComponent(() => import("../pages/approvals"), "ApprovalsPage"),
});

const history = createRoute({
  getParentRoute: () => shell,
  path: "/history",
  validateSearch: filtersOf,
  component: lazyRouteComponent(() => import("../pages/history"), "HistoryPage"),
});

const forum = createRoute({
  getParentRoute: () => shell,
  path: "/forum",
  validateSearch: forumSearch,
  component: lazyRouteComponent(() => import("../pages/forum"), "ForumPage"),
});

const post = createRoute({
  getParentRoute: () => shell,
  path: "/forum/posts/$postId",
  validateSearch: commentSearch,
  component: lazyRouteComponent(() => import("../pages/forum/PostPage"), "PostPage"),
});

const comment = createRoute({
  getParentRoute: () => shell,
  path: "/forum/comments/$commentId",
  component: lazyRouteComponent(() => import("../pages/forum/CommentPage"), "CommentPage"),
});

const world = createRoute({
  getParentRoute: () => shell,
  path: "/world",
  validateSearch: worldSearch,
  component: lazyRouteComponent(() => import("../pages/world"), "WorldPage"),
});

/** Any other address; shown inside the frame, so that the navigation stays usable. */
const elsewhere = createRoute({ getParentRoute: () => shell, path: "$", component: NotFound });

const tree = root.addChildren([
  login,
  shell.addChildren([
    overview,
    mounted,
    threads,
    thread,
    defaults,
    instructions,
    beat,
    approvals,
    history,
    forum,
    post,
    comment,
    world,
    elsewhere,
  ]),
]);

export function newRouter() {
  return createRouter({
    routeTree: tree,
    defaultPreload: "intent",
    defaultErrorComponent: Crashed,
    defaultNotFoundComponent: NotFound,
    scrollRestoration: true,
  });
}

export type Router = ReturnType<typeof newRouter>;

declare module "@tanstack/react-router" {
  interface Register {
    router: Router;
  }
}
