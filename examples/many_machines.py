"""A model that has outgrown scalars goes on with PyTorch, here on two processes of one machine; on many machines alike.

    python examples/many_machines.py                                   # needs: pip install 'blamegrad[torch]'

Started here, the network becomes a `torch.nn.Sequential` of the same numbers; PyTorch's own DistributedDataParallel gives each
process a part of every batch and averages the gradients; the trained network comes back as Values, to be drawn and explained.
On many machines, torchrun starts the processes in place of `spawn`; on GPUs, `twin.to("cuda")` and the backend "nccl".
"""

import argparse
import socket

import nn
from nn.data import moons

PROCESSES = 2


def train(rank: int, port: int, path: str, steps: int) -> None:
    """What each process does: its part of the rows, and the same step as the others."""
    import torch
    import torch.distributed

    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=PROCESSES)
    twin = torch.nn.parallel.DistributedDataParallel(nn.to_torch(nn.load(path)))
    rows, labels = moons(100, seed=1)
    x = torch.tensor(rows[rank::PROCESSES], dtype=torch.float64)
    y = torch.tensor(labels[rank::PROCESSES], dtype=torch.float64).unsqueeze(1)
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.5)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.nn.functional.binary_cross_entropy_with_logits(twin(x), y).backward()
        optimizer.step()
    if rank == 0:
        nn.from_torch(twin).save(path)
    torch.distributed.destroy_process_group()


def main() -> None:
    """Train on two processes, and compare with the same steps of scalars on one."""
    import tempfile
    from pathlib import Path

    import torch.multiprocessing

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=20, help="how many steps to train")
    steps = parser.parse_args().steps

    model = nn.MLP(2, [8, 1], "tanh", seed=1)
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        path = str(Path(folder) / "model.json")
        model.save(path)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        torch.multiprocessing.spawn(train, (port, path, steps), nprocs=PROCESSES)
        trained = nn.load(path)

    rows, labels = moons(100, seed=1)
    history = model.fit(rows, labels, optimizer=nn.SGD(model.parameters(), lr=0.5), epochs=steps, batch_size=None)
    pairs = zip(trained.parameters(), model.parameters(), strict=True)
    apart = max(abs(theirs.data - ours.data) for theirs, ours in pairs)
    print(f"{steps} steps on {PROCESSES} processes with PyTorch: accuracy {trained.score(rows, labels):.2f}")
    print(f"{steps} steps of scalars: accuracy {model.score(rows, labels):.2f}, cost {history.costs[-1]:.4f}")
    print(f"largest difference of a parameter: {apart:.1e}")
    if apart > 1e-9:
        raise SystemExit("the two are not the same training")


if __name__ == "__main__":
    main()
