// Where there is no page.

import { Button } from "@mantine/core";
import { Link, useLocation } from "@tanstack/react-router";

import { EmptyState } from "../components/EmptyState";
import { Page, PageHead } from "../components/Shell";

export function NotFoundPage() {
  const { pathname } = useLocation();
  return (
    <Page>
      <PageHead title="There is no such page" />
      <EmptyState title={`Nothing is at ${pathname}`} actions={<Button component={Link} to="/" children="Home" />}>
        The address may be incomplete, or from another release.
      </EmptyState>
    </Page>
  );
}
