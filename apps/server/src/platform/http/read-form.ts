// Uploads: a form with one file and the fields of the endpoint's input. The file is handed over as it comes, so that nobody's
// upload is held in memory; what is done with it stands with whoever keeps files.

import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { Problem, problem } from '@insula/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Actor } from '../actor.ts';

/** A file on its way in. */
export type IncomingFile = { name: string; type: string | null; content: Transform };
/** A file that was taken in, and what will be remembered of it. */
export type StagedFile = {
  id: string;
  name: string;
  type: string | null;
  bytes: number;
  /** SHA-256. */
  hash: Buffer;
};
export type Uploads = {
  /** The most bytes of a file. */
  maxBytes: number;
  /** Keeps the content until somebody claims it, or for an hour. */
  stage(actor: Pick<Actor, 'organization_id'>, file: IncomingFile): Promise<StagedFile>;
};
export type Form = { fields: Record<string, unknown>; file: StagedFile };

const LIMITS = { files: 1, fields: 30, parts: 40, fieldSize: 64_000, fieldNameSize: 200 };
const NAME_MAX = 300;
const PASS_OVER_MS = 2_000;

/** Whether the request carries a form. */
export function isForm(request: FastifyRequest): boolean {
  return /^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '');
}

/** Reads the form; fields that the input takes as something else than text are read as JSON. Throws `file_upload_broken`. */
export async function readForm(
  request: FastifyRequest,
  reply: FastifyReply,
  form: { uploads: Uploads; actor: Actor; input: z.ZodType },
): Promise<Form> {
  try {
    return await readParts(request, form);
  } catch (error) {
    // What is left of the body would be taken for the next request on this connection.
    if (!(await passOver(request.raw))) reply.header('connection', 'close');
    throw error;
  }
}

async function readParts(
  request: FastifyRequest,
  { uploads, actor, input }: { uploads: Uploads; actor: Actor; input: z.ZodType },
): Promise<Form> {
  const fields: Record<string, unknown> = {};
  let file: StagedFile | undefined;
  try {
    const limits = { ...LIMITS, fileSize: uploads.maxBytes + 1 };
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') {
        if (part.fieldname in fields || part.valueTruncated) throw broken(`the field ${part.fieldname}`);
        fields[part.fieldname] = readField(input, part.fieldname, String(part.value));
        continue;
      }
      if (part.fieldname !== 'file') throw broken(`the file in ${part.fieldname.slice(0, 100)}`);
      file = await takeFile(part, uploads, actor);
    }
  } catch (error) {
    throw error instanceof Problem || !isOfForm(error) ? error : broken((error as Error).message);
  }
  if (!file) throw problem('file_upload_broken', { reason: 'there is no file in it.' });
  return { fields, file };
}

/** Lets the rest of a body go by, for a short time, so that its sender gets to read the answer; false when there is more. */
async function passOver(body: IncomingMessage): Promise<boolean> {
  if (body.readableEnded || body.destroyed) return body.readableEnded;
  body.unpipe();
  body.resume();
  const late = AbortSignal.timeout(PASS_OVER_MS);
  await finished(body, { signal: late, writable: false }).catch(() => undefined);
  return body.readableEnded;
}

const broken = (what: string) =>
  problem('file_upload_broken', { reason: `${what.slice(0, 200)} is not taken.` });
const isOfForm = (error: unknown) => {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return code.startsWith('FST_') || /multipart|form|boundary|header|unexpected end/i.test(message);
};

type Part = { filename: string; mimetype: string; file: NodeJS.ReadableStream };

async function takeFile(part: Part, uploads: Uploads, actor: Actor): Promise<StagedFile> {
  const content = limitBytes(uploads.maxBytes);
  const name = (part.filename ?? '').toWellFormed().replaceAll('\0', '').trim().slice(0, NAME_MAX);
  const type = part.mimetype ? part.mimetype.toWellFormed().slice(0, 200) : null;
  const [staged] = await Promise.all([
    uploads.stage(actor, { name: name || 'file', type, content }),
    pipeline(part.file, content),
  ]);
  return staged;
}

/** Passes at most `most` bytes on; one more fails with `body_too_large`. */
function limitBytes(most: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      seen += chunk.length;
      if (seen > most) done(problem('body_too_large', { limit: most }));
      else done(null, chunk);
    },
  });
}

/** A form knows only text: where the input does not take the text as it is, it may be JSON. */
function readField(input: z.ZodType, name: string, text: string): unknown {
  const { shape } = input as unknown as { shape?: Record<string, z.ZodType> };
  const field = shape && Object.hasOwn(shape, name) ? shape[name] : undefined;
  if (!field || field.safeParse(text).success) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
