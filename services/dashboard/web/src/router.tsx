import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { periodSearchOf } from './display/period';
import { deliveriesSearchOf } from './deliveries/deliveries-search';
import { joinsSearchOf } from './joins/joins-search';
import { Shell } from './shell/shell';
import { SignInPage } from './sign-in/sign-in-page';
import { lastSite, rememberSite } from './sites/last-site';
import { sitesQuery } from './sites/sites-query';
import { Failure, PageLoading } from './states/states';
import { NotFound } from './shell/not-found';

interface Context {
  readonly queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: ({ next }: Record<string, unknown>): { next?: string } =>
    // Only ways inside: an address with another host would lead signed-in people anywhere.
    typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {},
  component: SignInPage,
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async ({ context: { queries } }) => {
    const { items } = await queries.query({ ...sitesQuery, staleTime: 'static' });
    const last = lastSite();
    const site = items.find(({ siteId }) => siteId === last) ?? items[0];
    if (site === undefined) throw redirect({ to: '/welcome' });
    throw redirect({ to: '/sites/$siteId/overview', params: { siteId: site.siteId } });
  },
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  beforeLoad: ({ context: { queries } }) => queries.query({ ...sitesQuery, staleTime: 'static' }),
  component: lazyRouteComponent(() => import('./setup/welcome-page'), 'WelcomePage'),
});

const site = createRoute({
  getParentRoute: () => root,
  path: '/sites/$siteId',
  beforeLoad: async ({ context: { queries }, params: { siteId } }) => {
    await queries.query({ ...sitesQuery, staleTime: 'static' });
    rememberSite(siteId);
  },
  component: Shell,
});

const siteHome = createRoute({
  getParentRoute: () => site,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/sites/$siteId/overview', params });
  },
});

const setup = createRoute({
  getParentRoute: () => site,
  path: 'setup',
  component: lazyRouteComponent(() => import('./setup/setup-page'), 'SetupPage'),
});

const overview = createRoute({
  getParentRoute: () => site,
  path: 'overview',
  validateSearch: periodSearchOf,
  component: lazyRouteComponent(() => import('./overview/overview-page'), 'OverviewPage'),
});

const joins = createRoute({
  getParentRoute: () => site,
  path: 'joins',
  validateSearch: joinsSearchOf,
  component: lazyRouteComponent(() => import('./joins/joins-page'), 'JoinsPage'),
});

const join = createRoute({
  getParentRoute: () => site,
  path: 'joins/$joinId',
  component: lazyRouteComponent(() => import('./joins/join-page'), 'JoinPage'),
});

const deliveries = createRoute({
  getParentRoute: () => site,
  path: 'deliveries',
  validateSearch: deliveriesSearchOf,
  component: lazyRouteComponent(() => import('./deliveries/deliveries-page'), 'DeliveriesPage'),
});

const delivery = createRoute({
  getParentRoute: () => site,
  path: 'deliveries/$deliveryId',
  component: lazyRouteComponent(() => import('./deliveries/delivery-page'), 'DeliveryPage'),
});

const checklist = createRoute({
  getParentRoute: () => site,
  path: 'checklist',
  component: lazyRouteComponent(() => import('./checklist/checklist-page'), 'ChecklistPage'),
});

const settings = createRoute({
  getParentRoute: () => site,
  path: 'settings',
  component: lazyRouteComponent(() => import('./settings/settings-page'), 'SettingsPage'),
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/sites/$siteId/settings/channels', params });
  },
});

const channels = createRoute({
  getParentRoute: () => settings,
  path: 'channels',
  component: lazyRouteComponent(() => import('./settings/channels/channels-tab'), 'ChannelsTab'),
});

const pixels = createRoute({
  getParentRoute: () => settings,
  path: 'pixels',
  component: lazyRouteComponent(() => import('./settings/pixels/pixels-tab'), 'PixelsTab'),
});

const snippet = createRoute({
  getParentRoute: () => settings,
  path: 'snippet',
  component: lazyRouteComponent(() => import('./settings/snippet/snippet-tab'), 'SnippetTab'),
});

const bots = createRoute({
  getParentRoute: () => settings,
  path: 'bots',
  component: lazyRouteComponent(() => import('./settings/bots/bots-tab'), 'BotsTab'),
});

const access = createRoute({
  getParentRoute: () => settings,
  path: 'access',
  component: lazyRouteComponent(() => import('./settings/access/access-tab'), 'AccessTab'),
});

const routes = root.addChildren([
  signIn,
  home,
  welcome,
  site.addChildren([
    siteHome,
    setup,
    overview,
    joins,
    join,
    deliveries,
    delivery,
    checklist,
    settings.addChildren([settingsHome, channels, pixels, snippet, bots, access]),
  ]),
]);

export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: routes,
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultPendingComponent: PageLoading,
    defaultNotFoundComponent: NotFound,
    defaultErrorComponent: ({ error, reset }) => <Failure error={error} retry={reset} />,
  });
}
