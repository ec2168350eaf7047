"""Asks an Insula through OpenAI's and Anthropic's Python packages as they are: only address and key are changed.

Reads one JSON object a line ({"ask": name, "model": ..., "stream": ..., "tools": ...}) and answers one: what the package made
of the answer, or which exception it raised.
"""

import asyncio
import json
import sys

import anthropic
import openai
from pydantic import BaseModel

address, key = sys.argv[1:3]
gpt = openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0)
claude = anthropic.Anthropic(base_url=address, api_key=key, max_retries=0)

QUESTION = [{"role": "user", "content": "What is the weather in Rome?"}]
PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


class City(BaseModel):
    name: str
    hills: int


def told(text, calls, input_tokens, output_tokens):
    return {"text": text or "", "calls": calls, "input": input_tokens, "output": output_tokens}


def chat(model, stream=False, tools=False, client=gpt):
    body = {"model": model, "messages": QUESTION}
    if tools:
        tool = {"name": "get_weather", "parameters": PARAMETERS, "strict": True}
        body["tools"] = [{"type": "function", "function": tool}]
    if stream:
        with client.chat.completions.stream(**body, stream_options={"include_usage": True}) as events:
            for _ in events:
                pass
            answer = events.get_final_completion()
    else:
        answer = client.chat.completions.create(**body)
    message = answer.choices[0].message
    calls = [
        {"name": call.function.name, "input": json.loads(call.function.arguments)}
        for call in message.tool_calls or []
    ]
    return told(message.content, calls, answer.usage.prompt_tokens, answer.usage.completion_tokens)


def responses(model, stream=False, tools=False, client=gpt):
    body = {"model": model, "input": "What is the weather in Rome?"}
    if tools:
        body["tools"] = [{"type": "function", "name": "get_weather", "parameters": PARAMETERS, "strict": True}]
    if stream:
        with client.responses.stream(**body) as events:
            for _ in events:
                pass
            answer = events.get_final_response()
    else:
        answer = client.responses.create(**body)
    calls = [
        {"name": turn.name, "input": json.loads(turn.arguments)}
        for turn in answer.output
        if turn.type == "function_call"
    ]
    return told(answer.output_text, calls, answer.usage.input_tokens, answer.usage.output_tokens)


def messages(model, stream=False, tools=False, client=claude):
    body = {"model": model, "max_tokens": 100, "messages": QUESTION}
    if tools:
        body["tools"] = [{"name": "get_weather", "input_schema": PARAMETERS}]
    if stream:
        with client.messages.stream(**body) as events:
            for _ in events:
                pass
            answer = events.get_final_message()
    else:
        answer = client.messages.create(**body)
    text = "".join(block.text for block in answer.content if block.type == "text")
    calls = [
        {"name": block.name, "input": block.input} for block in answer.content if block.type == "tool_use"
    ]
    return told(text, calls, answer.usage.input_tokens, answer.usage.output_tokens)


def chat_parsed(model):
    answer = gpt.chat.completions.parse(model=model, messages=QUESTION, response_format=City)
    return answer.choices[0].message.parsed.model_dump()


def responses_parsed(model):
    return gpt.responses.parse(model=model, input="Rome?", text_format=City).output_parsed.model_dump()


def completions(model):
    return gpt.completions.create(model=model, prompt="Say this").choices[0].text


def embeddings(model):
    answer = gpt.embeddings.create(model=model, input=["insula", "domus"])
    return {"vectors": [len(row.embedding) for row in answer.data], "input": answer.usage.prompt_tokens}


def models(model):
    names = [one.id for one in gpt.models.list()]
    return {"listed": model in names, "retrieved": gpt.models.retrieve(model).id}


def count_tokens(model):
    return claude.messages.count_tokens(model=model, messages=QUESTION).input_tokens > 0


def request_id(model):
    raw = gpt.chat.completions.with_raw_response.create(model=model, messages=QUESTION)
    return len(raw.request_id or "")


def in_parallel(model):
    """Eight calls at once through the asynchronous clients, half of them streamed."""

    async def by_openai(client):
        pieces = await client.chat.completions.create(model=model, messages=QUESTION, stream=True)
        return "".join([p.choices[0].delta.content or "" async for p in pieces if p.choices])

    async def by_anthropic(client):
        answer = await client.messages.create(model=model, max_tokens=100, messages=QUESTION)
        return answer.content[0].text

    async def everything():
        one = openai.AsyncOpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0)
        other = anthropic.AsyncAnthropic(base_url=address, api_key=key, max_retries=0)
        async with one, other:
            asked = [by_openai(one) for _ in range(4)] + [by_anthropic(other) for _ in range(4)]
            return await asyncio.gather(*asked)

    return asyncio.run(everything())


def strangers(model):
    """What a wrong key raises in each package."""
    raised = []
    wrong = {"api_key": "insula_live_nothing", "max_retries": 0}
    for ask, client in (
        (chat, openai.OpenAI(base_url=f"{address}/v1", **wrong)),
        (messages, anthropic.Anthropic(base_url=address, **wrong)),
    ):
        try:
            ask(model, client=client)
        except Exception as error:
            raised.append(type(error).__name__)
    return raised


ASKS = {
    ask.__name__: ask
    for ask in (
        *(chat, responses, messages, chat_parsed, responses_parsed, completions, embeddings),
        *(models, count_tokens, request_id, in_parallel, strangers),
    )
}

for line in sys.stdin:
    wish = json.loads(line)
    try:
        said = {"answer": ASKS[wish.pop("ask")](**wish)}
    except (openai.APIError, anthropic.APIError) as error:
        headers = error.response.headers if hasattr(error, "response") else {}
        said = {
            "raised": type(error).__name__,
            "status": getattr(error, "status_code", None),
            "retry_after": headers.get("retry-after"),
        }
    except Exception as error:
        said = {"broke": f"{type(error).__name__}: {error}"[:500]}
    print(json.dumps(said), flush=True)
