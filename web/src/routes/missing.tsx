// In place of a page whose subject cannot be shown: it does not exist, or cannot be read now.

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { type Crumb, Page, PageHead } from "../components/Shell";
import { isNotFound } from "../model/problems";

interface Props {
  what: string;
  id: string;
  error: unknown;
  crumbs: Crumb[];
  onRetry: () => void;
}

export function Missing({ what, id, error, crumbs, onRetry }: Props) {
  if (!isNotFound(error)) {
    return (
      <Page>
        <PageHead title={`This ${what} cannot be shown`} crumbs={crumbs} />
        <ErrorNote error={error} onRetry={onRetry} />
      </Page>
    );
  }
  const back = crumbs.at(-1) ?? { label: "Home", href: "/" };
  return (
    <Page>
      <PageHead title={`There is no such ${what}`} crumbs={crumbs} />
      <EmptyState title={`Nothing is known of ${id}`} actions={<Button renderRoot={(props) => <Link to={back.href} {...props} />}>{`Back to ${back.label}`}</Button>}>
        It was deleted, or it belongs to another home.
      </EmptyState>
    </Page>
  );
}
