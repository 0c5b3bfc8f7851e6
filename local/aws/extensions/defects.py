"""What moto cannot do is answered as an AWS error that names the operation, never as a web page."""

import sys
import traceback
from functools import wraps
from typing import Any

from moto.core.responses import ActionResult, BaseResponse

from local.aws.extensions.registry import Refused, patch

CODE = "NotImplemented"
NOT_RETRIED = 501  # clients repeat 500, 502, 503 and 504


def install() -> None:
    answer = BaseResponse.call_action

    @wraps(answer)
    def call_action(self: BaseResponse) -> Any:
        try:
            return answer(self)
        except NotImplementedError as error:
            reason = str(error) or "not implemented"
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            reason = f"{type(error).__name__}: {error}"
        operation = f"{self.service_name}:{self._get_action()}"
        refusal = Refused(CODE, f"The embedded AWS cannot answer {operation}: {reason}")
        _, headers, body = self.serialized(ActionResult(refusal))
        return NOT_RETRIED, headers, body

    patch(BaseResponse, call_action=call_action)
