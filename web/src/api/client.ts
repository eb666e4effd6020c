// Speaks with the server: JSON there and back, errors as `TroubleError`. Addresses are relative to `<base href>`.

import { TroubleError, troubleOf, unreachable } from "../model/problems";

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>;

const OWN = "apis/bakehouse/v1";
const KFP = "apis/v2beta1";

/** The address of something of our own API, for links, images and streams. Parts of the path are encoded. */
export const address = (path: readonly (string | number)[], query: Query = {}): string => addressBelow(OWN, path, query);

/** The address of something of KFP's API. */
export const kfpAddress = (path: readonly (string | number)[], query: Query = {}): string => addressBelow(KFP, path, query);

function addressBelow(prefix: string, path: readonly (string | number)[], query: Query): string {
  const url = new URL(`${prefix}/${path.map((part) => encodeURIComponent(part)).join("/")}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    if (typeof value === "object") for (const one of value) url.searchParams.append(name, one);
    else url.searchParams.set(name, String(value));
  }
  return url.toString();
}

export async function get<T>(url: string, signal?: AbortSignal): Promise<T> {
  return spoken<T>(url, { signal });
}

export async function post<T>(url: string, body: unknown): Promise<T> {
  return spoken<T>(url, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

export async function patch<T>(url: string, body: unknown): Promise<T> {
  return spoken<T>(url, { method: "PATCH", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
}

export async function remove<T>(url: string): Promise<T> {
  return spoken<T>(url, { method: "DELETE" });
}

/** A file, as KFP's clients send it. */
export async function upload<T>(url: string, file: Blob, filename: string): Promise<T> {
  const form = new FormData();
  form.append("uploadfile", file, filename);
  return spoken<T>(url, { method: "POST", body: form });
}

async function spoken<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetched(url, init);
  if (!response.ok) throw new TroubleError(troubleOf(response.status, await response.text()));
  return (await response.json()) as T;
}

async function fetched(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { credentials: "same-origin", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new TroubleError(unreachable());
  }
}
