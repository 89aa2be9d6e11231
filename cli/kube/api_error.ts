/** What the API server refuses, in words. */
import { MirrordError } from "../error.ts";

/** A `Status` of the API server. */
export class ApiError extends Error {
  override name = "ApiError";
  /** @param reason `NotFound`, `Forbidden`, `AlreadyExists`, `Expired`, … */
  constructor(readonly status: number, readonly reason: string, message: string) {
    super(message);
  }
}

/** Parses an answer of status 400 and above. */
export function apiErrorOf(status: number, body: string): ApiError {
  try {
    const parsed = JSON.parse(body);
    return new ApiError(status, parsed.reason ?? "", parsed.message ?? body);
  } catch {
    return new ApiError(status, "", body.trim() || `status ${status}`);
  }
}

/** The right that a request needs, as RBAC calls it. */
export interface NeededRight {
  verb: string;
  resource: string;
}

/** The error for the user: `doing` is what failed, as in "listing pods". */
export function explain(error: unknown, doing: string, right: NeededRight): Error {
  if (error instanceof MirrordError) return error;
  return new MirrordError(`${doing} failed`, { cause: error, help: helpFor(error, right) });
}

function helpFor(error: unknown, { verb, resource }: NeededRight): string {
  if (error instanceof ApiError) return apiHelp(error, verb, resource);
  const text = String(error);
  if (/InvalidCertificate|UnknownIssuer|self.signed|certificate/i.test(text)) {
    return "The API server's certificate is not trusted. If that is expected, set accept_invalid_certificates, or pass -c.";
  }
  return "Can the cluster be reached from here? Try `kubectl get pods`.";
}

function apiHelp({ status }: ApiError, verb: string, resource: string): string {
  if (status === 401) return "The cluster doesn't know you: sign in again, and try `kubectl get pods`.";
  if (status === 403) return `mirrord needs the right to ${verb} ${resource} there; ask for a role that has it.`;
  if (status === 404) return "Is it the right context and namespace (-n, target.namespace)?";
  return "Is the cluster healthy? Try `kubectl get pods`.";
}
