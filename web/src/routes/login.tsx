// Asks for the token of a server that wants one; stands in place of every page until it is right.

import { Button, Code, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { address, post } from "../api/client";
import { BreadMark } from "../components/BreadMark";
import { troubleFrom } from "../model/problems";
import styles from "./login.module.css";

export function LoginPage() {
  const [token, setToken] = useState("");
  const entering = useMutation({
    mutationFn: () => post(address(["login"]), { token: token.trim() }),
    // Everything on the page was refused so far: it begins anew.
    onSuccess: () => window.location.reload(),
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    entering.mutate();
  };
  return (
    <main className={styles.page}>
      <form onSubmit={submit} className={styles.form}>
        <Stack gap="md">
          <Title order={1} size="h2" className={styles.title}>
            <BreadMark />
            Log in to Bakehouse
          </Title>
          <PasswordInput
            label="Token"
            name="token"
            autoComplete="current-password"
            autoFocus
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            error={entering.error === null ? undefined : troubleFrom(entering.error).problems.map((one) => one.message).join(" ")}
          />
          <Text size="sm" c="dimmed">
            <Code>bakehouse token</Code> prints it, where the server runs.
          </Text>
          <Button type="submit" loading={entering.isPending} disabled={token.trim() === ""}>
            Log in
          </Button>
        </Stack>
      </form>
    </main>
  );
}
