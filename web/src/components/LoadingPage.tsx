// What stands where a page or a part of it is being loaded.

import { Center, Loader } from "@mantine/core";

export function LoadingPage({ height = "40vh" }: { height?: string }) {
  return (
    <Center mih={height} role="status" aria-label="Loading">
      <Loader type="dots" />
    </Center>
  );
}
