// Stored responses: what a call goes on from is loaded before it is carried, what it became is stored after it, and clients may
// come back to it. A response belongs to the key it was made with.

import { GatewayError } from '../core/errors/index.ts';
import type { Continued, GenerateOperation, Operation, StoreOperation } from '../core/neutral/index.ts';
import type { FinishedResource, OperationResult } from '../dialects/port.ts';
import type { ResponseStore } from '../store/port.ts';
import type { Exchange } from './port.ts';

/** Callers of a gateway without keys are all the same one. */
const NOBODY = '';
const ID_SHOWN_MAX = 120;
const PAGE_WHOLE = { limit: 100, order: 'desc', after: undefined } as const;

function ownerOf(exchange: Exchange): string {
  return exchange.caller?.keyId ?? NOBODY;
}

export function continuedBy(operation: Operation): Continued | undefined {
  return 'continues' in operation ? operation.continues : undefined;
}

/**
 * The operation with what it goes on from.
 * @throws GatewayError where there is no such response or item for this caller.
 */
export async function recall(
  { responseId, itemIds }: Continued,
  exchange: Exchange,
  store: ResponseStore | undefined,
): Promise<Operation> {
  const { dialect, request } = exchange;
  if (dialect.resume === undefined) throw new Error(`${dialect.id} cannot go on from anything`);
  const owner = ownerOf(exchange);
  const previous = responseId === undefined ? undefined : await store?.load(owner, responseId);
  if (responseId !== undefined && previous === undefined) {
    throw new GatewayError(
      'response_not_found',
      `Previous response with id '${responseId.slice(0, ID_SHOWN_MAX)}' not found.`,
      { param: 'previous_response_id' },
    );
  }
  const holding = itemIds.length === 0 ? [] : await store?.holding(owner, itemIds);
  return dialect.resume(request, { previous, holding: holding ?? [] });
}

/** Stores what the client got, where it may be stored. */
export async function keepResponse(
  operation: GenerateOperation,
  finished: FinishedResource | undefined,
  exchange: Exchange,
  store: ResponseStore | undefined,
): Promise<void> {
  if (store === undefined || finished === undefined || operation.keep === undefined) return;
  const { id, resource, itemIds } = finished;
  await store.save(ownerOf(exchange), id, { resource, input: operation.keep }, itemIds);
}

/** @throws GatewayError where there is no such response for this caller, or where what is asked cannot be. */
export async function serveStored(
  operation: StoreOperation,
  exchange: Exchange,
  store: ResponseStore | undefined,
): Promise<OperationResult> {
  const { id, action } = operation;
  const owner = ownerOf(exchange);
  if (action === 'delete') {
    if ((await store?.delete(owner, id)) !== true) throw notFound(id);
    return { type: 'deleted-response', id };
  }
  const stored = await store?.load(owner, id);
  if (stored === undefined) throw notFound(id);
  if (action === 'cancel') {
    throw new GatewayError(
      'invalid_request',
      'Only responses made in the background can be cancelled, and there are none here: close the connection instead.',
    );
  }
  if (action === 'items') return { type: 'stored-items', stored, page: operation.page ?? PAGE_WHOLE };
  return { type: 'stored-response', stored };
}

function notFound(id: string): GatewayError {
  return new GatewayError(
    'response_not_found',
    `Response with id '${id.slice(0, ID_SHOWN_MAX)}' not found.`,
    {
      param: 'response_id',
    },
  );
}
