"""What a script is made of: replies, and the ways an endpoint can fail."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, TypeAdapter, ValidationError

from finops.errors import BadFile
from finops.query import Frozen


class TokenUsage(Frozen):
    """Tokens as the endpoint counts them; cached are part of the prompt's, reasoning of the completion's."""

    prompt: int = 100
    completion: int = 10
    cached: int = 0
    reasoning: int = 0


class Call(Frozen):
    """One tool call. Text as `arguments` is sent as it is, so that it can be no JSON at all."""

    name: str
    arguments: dict[str, JsonValue] | str = Field(default_factory=dict[str, JsonValue])
    id: str | None = Field(default=None, description="None numbers the calls of the conversation")


class Reply(Frozen):
    """One well-formed reply: text, tool calls, or both. `usage` None says nothing about tokens."""

    kind: Literal["reply"] = "reply"
    text: str | None = None
    calls: tuple[Call, ...] = ()
    usage: TokenUsage | None = TokenUsage()
    raw_usage: dict[str, JsonValue] | None = Field(
        default=None, description="sent as it is in place of `usage`: each kind of endpoint counts in its own way"
    )
    ends: str | None = Field(default=None, description="finish_reason; None for the one that fits")
    extra: dict[str, JsonValue] = Field(
        default_factory=dict[str, JsonValue], description="fields no protocol knows, put into each object"
    )
    same_index: bool = Field(default=False, description="number every streamed call 0, as some endpoints do")
    running_usage: bool = Field(
        default=False, description="send the token count with every piece, as some endpoints do"
    )


class Fault(Frozen):
    """One failure. `status` answers with it; `hang_up` closes without a word; `cut_off` closes in the middle of a reply;
    `slow` waits `seconds` before it answers; `dribble` sends a comment each tenth of a second for `seconds`, and no reply.
    """

    kind: Literal["fault"] = "fault"
    fault: Literal["status", "hang_up", "cut_off", "slow", "dribble"]
    status: int = Field(default=500, ge=300, le=599)
    message: str = "scripted fault"
    code: str | None = None
    headers: dict[str, str] = Field(default_factory=dict[str, str], description="such as Retry-After or Location")
    seconds: float = Field(default=5.0, ge=0, le=600)
    reply: Reply = Field(
        default=Reply(text="an answer that arrives late or in part"), description="what is cut or late"
    )


class Garbage(Frozen):
    """A body that is no reply, with a status that says it is."""

    kind: Literal["garbage"] = "garbage"
    body: str = "<html><body>It works!</body></html>"
    repeat: int = Field(default=1, ge=1, le=100_000_000, description="how often the body is sent over")
    content_type: str = "text/html"


Scripted = Annotated[Reply | Fault | Garbage, Field(discriminator="kind")]
Step = Reply | Fault | Garbage | Callable[[dict[str, JsonValue]], Reply | Fault | Garbage]
"""A step, or a function from the request's body to one."""
Script = Sequence[Step]

_SCRIPT = TypeAdapter(tuple[Scripted, ...])


def load_script(path: Path) -> tuple[Step, ...]:
    """Read a script from a JSON file: a list of steps. Raises `BadFile`."""
    fix = 'write a list such as [{"kind": "reply", "text": "hello"}]'
    try:
        return _SCRIPT.validate_python(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        # INVARIANT: one sentence; a validation error names the first wrong field only.
        first = error.errors(include_url=False)[0] if isinstance(error, ValidationError) else None
        why = f"step {'.'.join(map(str, first['loc']))}: {first['msg']}" if first else str(error)
        raise BadFile(f"`{path}` is no script, {why}", fix=fix) from error
