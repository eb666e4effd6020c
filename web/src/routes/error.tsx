// What stands in place of a page that failed to show itself.

import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";

import { ErrorNote } from "../components/ErrorNote";
import { Page, PageHead } from "../components/Shell";

/** A page's code that cannot be loaded was built away by an update of the server: loading the page anew helps. */
export function ErrorPage({ error }: ErrorComponentProps) {
  return (
    <Page>
      <PageHead title="This page cannot be shown" />
      <ErrorNote error={error} />
      <Button mt="md" onClick={() => window.location.reload()}>
        Load it again
      </Button>
    </Page>
  );
}
