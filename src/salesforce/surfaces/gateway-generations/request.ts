// A call to the body of `POST {base}/chat/generations[/stream]` (reference 3.4, Appendix A).

import type { Call, JsonObject, Loss, Tool, ToolChoice } from '../../../core/neutral/index.ts';
import { planCarriage, type Carriage } from '../generations/index.ts';
import type { SurfaceContext, UpstreamRequest } from '../port.ts';
import { CARRIES } from './carries.ts';
import { encodeMessages } from './messages.ts';
import { upstreamModelName } from './model-name.ts';
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
  const body = {
    model: upstreamModelName(context.model.apiName, basePath),
    messages: encodeMessages(call.messages, context),
    generation_settings: encodeSettings(call, context, carriage, adjust),
    ...(reasoning !== undefined && { reasoning_settings: reasoning }),
    ...(call.tools.length > 0 && encodeTools(call, carriage)),
    // The system message goes into the provider's own system slot.
    system_prompt_strategy: 'use_model_parameter',
    ...(piiMasking !== undefined && { enable_pii_masking: piiMasking }),
    ...(localization !== undefined && { localization: renameLocalization(localization) }),
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

function encodeTools(call: Call, carriage: Carriage): JsonObject {
  const parallel = carriage.carries('parallel-tool-calls') ? call.parallelToolCalls : undefined;
  return {
    tools: call.tools.map((tool) => encodeTool(tool, carriage)),
    tool_config: {
      ...encodeChoice(call.toolChoice),
      ...(parallel !== undefined && { parallel_calls: parallel }),
    },
  };
}

function encodeTool(tool: Tool, carriage: Carriage): JsonObject {
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      parameters: tool.parameters,
    },
    ...(tool.strict !== undefined && carriage.carries('strict-tools') && { strict: tool.strict }),
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
