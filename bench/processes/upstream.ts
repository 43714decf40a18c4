// An org that answers at once: one canned reply for every call and one token for every login, so that what is measured
// is the gateway. It checks nothing; the simulator does that in the tests.

import { createServer, type ServerResponse } from 'node:http';

const TOKEN_LIFE_S = 3600;

function base64Url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Shaped as reference 1.4 shows it; the signature is none, since a client of the token never verifies it. */
function mintToken(origin: string): string {
  const nowS = Math.floor(Date.now() / 1000);
  const header = {
    tnk: 'core/prod/00Dxx0000000001EAA',
    ver: '1.0',
    kid: 'CORE_ATJWT.00Dxx0000000001.1719878456123',
    tty: 'sfdc-core-token',
    typ: 'JWT',
    alg: 'RS256',
  };
  const payload = {
    scp: 'sfap_api api',
    aud: [origin],
    sub: 'uid:005xx000000000AAA',
    nbf: nowS - 15,
    iat: nowS,
    exp: nowS + TOKEN_LIFE_S,
    iss: origin,
    client_id: 'bench',
  };
  return `${base64Url(header)}.${base64Url(payload)}.${Buffer.alloc(256, 7).toString('base64url')}`;
}

function tokenReply(origin: string): string {
  return JSON.stringify({
    access_token: mintToken(origin),
    signature: 'bench=',
    token_format: 'jwt',
    scope: 'sfap_api api',
    instance_url: origin,
    id: `${origin}/id/00Dxx0000000001EAA/005xx000000000AAA`,
    token_type: 'Bearer',
    issued_at: String(Date.now()),
    api_instance_url: origin,
  });
}

/** A Gemini reply of the gateway surface (reference 3.5). */
const CHAT_REPLY = Buffer.from(
  JSON.stringify({
    id: '6d0c5a52-6f8e-4a6a-9f0b-5f2f1f6f8a10',
    generation_details: {
      generations: [
        {
          id: '6d0c5a52-6f8e-4a6a-9f0b-5f2f1f6f8a11',
          role: 'assistant',
          content:
            'The quick brown fox jumps over the lazy dog, and the gateway tells of it in two plain sentences. ' +
            'Nothing else happened that morning.',
          thought_signature: null,
          contents: null,
          timestamp: 1_767_000_000_000,
          log_probability_result: null,
          parameters: { finish_reason: 'STOP', index: 0 },
          generation_safety_score: null,
          generation_content_quality: null,
          tool_invocations: null,
          web_search_result: null,
          redacted_urls: null,
        },
      ],
      cache_control: null,
      parameters: {
        provider: 'gemini',
        created: 1_767_000_000,
        model: 'gemini-2.5-pro',
        object: 'chat.completion',
        usage: { inputTokenCount: 210, outputTokenCount: 31, totalTokenCount: 241 },
      },
    },
    other_details: null,
  }),
);

const CHAT_HEADERS = {
  'content-type': 'application/json',
  'content-length': CHAT_REPLY.length,
  'x-request-id': 'bench-request',
};

function answerToken(response: ServerResponse, origin: string): void {
  const body = tokenReply(origin);
  response.writeHead(200, {
    'content-type': 'application/json;charset=UTF-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

let origin = '';
const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  request.resume();
  request.once('end', () => {
    if (request.url === '/services/oauth2/token') {
      answerToken(response, origin);
      return;
    }
    response.writeHead(200, CHAT_HEADERS);
    response.end(CHAT_REPLY);
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') return;
  origin = `http://127.0.0.1:${address.port}`;
  process.send?.({ port: address.port });
});

// Without its parent it has no reason to be.
process.on('disconnect', () => process.exit(0));
