// A call to the body of `POST {base}/chat/generations[/stream]` (reference 3.4, Appendix A).

import type { Call, JsonObject, Loss, Tool, ToolChoice } from '../../../core/neutral/index.ts';
import { planCarriage, type Carriage, upstreamModelName } from '../generations/index.ts';
import type { SurfaceContext, UpstreamRequest } from '../port.ts';
import { CARRIES } from './carries.ts';
import { encodeMessages } from './messages.ts';
import { encodeReasoning, encodeSettings } from './settings.ts';

export type Encoded = { readonly request: UpstreamRequest; readonly loss: readonly Loss[] };

export function encodeCall(
  call: Call,
  context: SurfaceContext,
  surfaceId: string,
  basePath: string,
): Encoded {
  const carriage = planCarriage(call, context.model, surfaceId, (need, model) => CARRIES[need](model));
  const loss: Loss[] = [...carriage.dropped];
  const adjust = (entry: Loss): void => void loss.push(entry);
  const reasoning = carriage.carries('reasoning') ? encodeReasoning(call, context, adjust) : undefined;
  const { piiMasking, localization } = context.trust;
  // What is undefined is left out of JSON; a spread for each such field would copy the body as often.
  const body = {
    model: upstreamModelName(context.model.apiName, basePath),
    messages: encodeMessages(call.messages, context),
    generation_settings: encodeSettings(call, context, carriage, adjust),
    reasoning_settings: reasoning,
    tools: call.tools.length === 0 ? undefined : call.tools.map((tool) => encodeTool(tool, carriage)),
    tool_config: call.tools.length === 0 ? undefined : encodeToolConfig(call, carriage),
    // The system message goes into the provider's own system slot.
    system_prompt_strategy: 'use_model_parameter',
    enable_pii_masking: piiMasking,
    localization: localization && renameLocalization(localization),
  };
  return {
    request: {
      path: `${basePath}/chat/generations${context.stream ? '/stream' : ''}`,
      accept: context.stream ? 'text/event-stream' : 'application/json',
      body: JSON.stringify(body),
    },
    loss,
  };
}

function encodeToolConfig(call: Call, carriage: Carriage): JsonObject {
  const parallel = carriage.carries('parallel-tool-calls') ? call.parallelToolCalls : undefined;
  const config = encodeChoice(call.toolChoice);
  return parallel === undefined ? config : { ...config, parallel_calls: parallel };
}

function encodeTool(tool: Tool, carriage: Carriage): object {
  return {
    type: 'function',
    function: {
      name: tool.name,
      description: tool.description,
      parameters: tool.parameters,
      strict: carriage.carries('strict-tools') ? tool.strict : undefined,
    },
  };
}

function encodeChoice(choice: ToolChoice): JsonObject {
  if (choice.type === 'named') {
    return { mode: 'tool', allowed_tools: [{ type: 'function', name: choice.name }] };
  }
  return { mode: choice.type === 'required' ? 'any' : choice.type };
}

const LOCALIZATION_NAMES: ReadonlyMap<string, string> = new Map([
  ['defaultLocale', 'default_locale'],
  ['inputLocales', 'input_locales'],
  // Classic expects locales where the gateway outputs them (reference 2.7, 3.4).
  ['expectedLocales', 'output_locales'],
]);

function renameLocalization(localization: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(localization).map(([name, value]) => [LOCALIZATION_NAMES.get(name) ?? name, value]),
  );
}
