/** Sends requests to the server this page came from, and turns every way to fail into one type. */
import type { ErrorBody } from './types.ts';

/** A request that was answered with an error, or not at all. */
export class ApiError extends Error {
  readonly body: ErrorBody;
  readonly status: number;

  constructor(body: ErrorBody, status: number) {
    super(body.message);
    this.body = body;
    this.status = status;
  }

  /** Nobody answered. */
  get unreachable(): boolean {
    return this.status === 0;
  }
}

export type Params = Record<string, string | number | undefined>;

/** The address of an API path, beside the page itself. */
export function apiUrl(path: string, params: Params = {}): string {
  const url = new URL(`api/v1/${path}`, document.baseURI);
  url.search = new URLSearchParams(filled(params)).toString();
  return url.toString();
}

function filled(params: Params): [string, string][] {
  return Object.entries(params)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => [name, String(value)]);
}

/** Posts parameters as a form, so that a long query does not meet a bound on URLs. */
export async function post(path: string, params: Params, signal?: AbortSignal): Promise<Response> {
  return checked(apiUrl(path), { method: 'POST', body: new URLSearchParams(filled(params)), signal });
}

export async function get(path: string, params: Params, signal?: AbortSignal): Promise<Response> {
  return checked(apiUrl(path, params), { signal });
}

/** Asks for a change; what is sent is JSON. */
export async function send(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
): Promise<Response> {
  if (body === undefined) return checked(apiUrl(path), { method });
  const headers = { 'content-type': 'application/json' };
  return checked(apiUrl(path), { method, headers, body: JSON.stringify(body) });
}

async function checked(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    if (isAbort(cause)) throw cause;
    throw new ApiError({ code: 'E_UNREACHABLE', message: 'cannot reach the server' }, 0);
  });
  if (response.ok) return response;
  throw new ApiError(await errorBody(response), response.status);
}

async function errorBody(response: Response): Promise<ErrorBody> {
  const text = await response.text().catch(() => '');
  try {
    const parsed = JSON.parse(text) as { error?: ErrorBody };
    if (parsed.error?.message !== undefined) return parsed.error;
  } catch {
    // Not this server's own error: a proxy's page, or nothing. Its status says enough.
  }
  return { code: `E_HTTP_${response.status}`, message: text.slice(0, 200) || response.statusText };
}

/** Whether a request ended because it was called off. */
export function isAbort(cause: unknown): boolean {
  return cause instanceof DOMException && cause.name === 'AbortError';
}

/** Any failure as an [`ApiError`]: a stream that breaks off counts as an unreachable server. */
export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  return new ApiError({ code: 'E_STREAM', message: String((cause as Error)?.message ?? cause) }, 0);
}
