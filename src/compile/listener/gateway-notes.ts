import type { Gateway } from '../../model/gateway.ts';
import type { MergedGateway, RejectedServer } from '../../model/merged-gateway.ts';
import { keyOf } from '../../model/object.ts';
import type { NoteCode } from '../note-codes.ts';
import type { CompileNote } from '../note.ts';

/** What a user hears of a server that this proxy leaves out, while the Gateway's other servers are there. */
export function toServerNote({ meta }: Gateway, code: NoteCode, because: string): CompileNote {
  return { object: keyOf(meta), code, message: because, fate: { kind: 'partly-applied', because } };
}

/** One note for each server that found no room beside others; a Gateway of which nothing is left stands in the shadow of who was first. */
export function listMergeNotes({ groups, rejected }: MergedGateway): readonly CompileNote[] {
  const served = new Set(groups.flatMap(({ servers }) => servers.map(({ gateway }) => gateway)));
  return rejected.map((server) => toMergeNote(server, served.has(server.gateway)));
}

function toMergeNote({ gateway, server, because, by }: RejectedServer, hasOthers: boolean): CompileNote {
  const { name, number, protocol } = server.port;
  const message = `server ${name} (port ${number}, ${protocol}) is left out: ${because}`;
  const note = toServerNote(gateway, 'GATEWAY_SERVER_CONFLICT', message);
  if (hasOthers || by === undefined) return note;
  return { ...note, fate: { kind: 'shadowed', by, because: message } };
}
