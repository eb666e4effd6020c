import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { patiently } from "./patient";

describe("a part of the page that is loaded later", () => {
  const asked = vi.fn<() => Promise<Response>>();
  const gone = (): Promise<Response> => Promise.reject(new TypeError("Failed to fetch"));

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", asked.mockReset());
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("comes at once where it can", async () => {
    await expect(patiently(() => Promise.resolve("page"))).resolves.toBe("page");
    expect(asked).not.toHaveBeenCalled();
  });

  it("waits for a server that is down, and is loaded when it answers again", async () => {
    asked.mockImplementationOnce(gone).mockResolvedValueOnce(new Response("", { status: 502 })).mockResolvedValueOnce(new Response("{}"));
    const load = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new TypeError("Failed to fetch dynamically imported module")).mockResolvedValueOnce("page");
    const page = patiently(load);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(load).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(page).resolves.toBe("page");
    expect(asked).toHaveBeenCalledTimes(3);
  });

  it("fails if it is not there though the server answers: it was built away", async () => {
    asked.mockResolvedValue(new Response("{}"));
    await expect(patiently(() => Promise.reject(new Error("404")))).rejects.toThrow("404");
  });
});
