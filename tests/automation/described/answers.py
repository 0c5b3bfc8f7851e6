"""An AWS that answers by what it is told, each answer held against botocore's model of it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from automation.aws_calls import Account

Item = dict[str, Any]
Asked = Mapping[str, Any]
Says = Callable[[Asked], Item]


class Nothing(Exception):
    """There is nothing of what is asked about; its argument is AWS's error code for that."""


class Answers:
    """What AWS says, by service and operation; of what nobody has told it, lists are empty.

    account: whose clients are made to answer so, in one region.
    """

    def __init__(self, account: Account, region: str) -> None:
        self._account, self._region = account, region
        self._items: dict[tuple[str, str, str], list[Item]] = {}
        self._says: dict[tuple[str, str], Says] = {}

    def lists(self, service: str, operation: str, member: str, *items: Item) -> None:
        """Things of a list in an answer; a request that names one is told of that one."""
        self._items.setdefault((service, operation, member), []).extend(items)

    def says(self, service: str, operation: str, how: Says) -> None:
        """What is said about one thing; Nothing where there is none."""
        self._says[service, operation] = how

    def answering(self, services: Iterable[str], patch: Callable[..., None]) -> None:
        """Let the clients of these services answer. patch: as pytest's monkeypatch.setattr."""
        for service in services:
            client = self._account.client(service, self._region)
            patch(client, "_make_api_call", self._answer(service, client))

    def _answer(self, service: str, client: Any) -> Callable[[str, Asked], Item]:
        def answer(operation: str, asked: Asked) -> Item:
            model = client.meta.service_model.operation_model(operation)
            if model.input_shape is not None:
                validate_parameters(dict(asked), model.input_shape)
            found = self._found(service, operation, asked)
            validate_parameters(found, model.output_shape)
            return found

        return answer

    def _found(self, service: str, operation: str, asked: Asked) -> Item:
        how = self._says.get((service, operation))
        if how is not None:
            try:
                return how(asked)
            except Nothing as nothing:
                said = {"Error": {"Code": str(nothing), "Message": "there is none"}}
                raise ClientError(said, operation) from None
        return {
            member: [
                item
                for item in items
                if not isinstance(item, Mapping)
                or all(item.get(name, value) == value for name, value in asked.items())
            ]
            for (of, listing, member), items in self._items.items()
            if (of, listing) == (service, operation)
        }
