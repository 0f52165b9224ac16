"""An asyncio service that waits for whoever connects. A cancellation ends the waiting, and breaks no conversation off.

POST /tasks {"image": …, "command": ["python", "service.py", "7000"]}
"""

import asyncio
import sys

from calloff import task


async def main(port: int) -> None:
    """Answer each line in capitals until the task is cancelled."""
    # Before the first word: whoever reads that may cancel at once.
    task.install()
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
        writer.close()

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.create_task(converse(reader, writer))
        conversations.add(conversation)
        conversation.add_done_callback(conversations.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", port)
    print("waiting", flush=True)
    await task.cancelled.wait_async()
    server.close()
    print("no more", flush=True)
    # Who is talking may finish, for half of what is left of the grace.
    left = task.grace_left()
    if conversations:
        await asyncio.wait(conversations, timeout=None if left is None else left / 2)
    print("closed", flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
