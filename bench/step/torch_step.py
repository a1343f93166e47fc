"""The benchmark's step in PyTorch, to hold `npm run bench:node` against on a machine with a real GPU.

    python bench/step/torch_step.py [--config C0,C1,C2] [--steps 50] [--kernels]

The model, shapes, initial scale and optimizer are those of bench/step/step-model.ts: RMSNorm with gain, RoPE on halves,
QK-norm, causal attention, ReLU squared, tied head, AdamW, the gradient clipped to norm 1. Eager and compiled (needs PyTorch 2.4 or later), f32 (TF32
off, so that it is the same arithmetic; and on, because that is what people run) and bf16 by autocast over f32 weights.
Steps are timed as a stream: start, many steps, one synchronisation. One JSON line for each.
"""

import argparse
import json
import math
import statistics
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

# V vocabulary, d width, L layers, H heads, T time, B batch: bench/step/step-configs.ts.
CONFIGS = {
    "C0": dict(V=1024, d=128, L=4, H=4, T=128, B=8),
    "C1": dict(V=256, d=96, L=3, H=4, T=128, B=8),
    "C2": dict(V=4096, d=384, L=6, H=6, T=256, B=16),
}


def rms_norm(x: torch.Tensor, gain: torch.Tensor | None = None) -> torch.Tensor:
    return F.rms_norm(x, (x.shape[-1],), gain, 1e-6)


class Block(nn.Module):
    def __init__(self, d: int, heads: int):
        super().__init__()
        self.heads = heads
        self.gain1 = nn.Parameter(torch.ones(d))
        self.gain2 = nn.Parameter(torch.ones(d))
        # q, k and v in one product, as usual.
        self.qkv = nn.Linear(d, 3 * d, bias=False)
        self.out = nn.Linear(d, d, bias=False)
        self.up = nn.Linear(d, 4 * d, bias=False)
        self.down = nn.Linear(4 * d, d, bias=False)
        for linear in (self.qkv, self.out, self.up, self.down):
            nn.init.normal_(linear.weight, std=1 / math.sqrt(linear.in_features))

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        B, T, d = x.shape

        def rope(y: torch.Tensor) -> torch.Tensor:
            a, b = y.chunk(2, dim=-1)
            return torch.cat((a * cos + b * sin, b * cos - a * sin), dim=-1)

        qkv = self.qkv(rms_norm(x, self.gain1)).view(B, T, 3, self.heads, d // self.heads)
        q, k, v = (part.transpose(1, 2) for part in qkv.unbind(2))  # [B, H, T, D]
        q, k = (rms_norm(rope(part)).to(v.dtype) for part in (q, k))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(B, T, d))
        return x + self.down(F.relu(self.up(rms_norm(x, self.gain2))).square())


class Gpt(nn.Module):
    def __init__(self, V: int, d: int, L: int, H: int, T: int, B: int):
        super().__init__()
        self.table = nn.Embedding(V, d)
        nn.init.normal_(self.table.weight, std=0.02)
        self.gain = nn.Parameter(torch.ones(d))
        self.blocks = nn.ModuleList(Block(d, H) for _ in range(L))
        half = d // H // 2
        angles = torch.outer(torch.arange(T).float(), 10000.0 ** (-torch.arange(half).float() / half))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        h = self.table(x)
        for block in self.blocks:
            h = block(h, self.cos, self.sin)
        logits = F.linear(rms_norm(h, self.gain), self.table.weight)
        return F.cross_entropy(logits.float().flatten(0, 1), y.flatten())


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()
    elif device.type == "mps":
        torch.mps.synchronize()


def time_step(name: str, device: torch.device, steps: int, compiled: bool, dtype: str) -> dict:
    config = CONFIGS[name]
    torch.manual_seed(0)
    torch.backends.cuda.matmul.allow_tf32 = dtype == "tf32"
    torch.backends.cudnn.allow_tf32 = dtype == "tf32"
    model = Gpt(**config).to(device)
    forward = torch.compile(model) if compiled else model
    fused = device.type == "cuda"
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=1e-3, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.01, fused=fused
    )
    B, T, V = config["B"], config["T"], config["V"]
    stream = torch.randint(V, (200_000,), device=device)

    def step(i: int) -> torch.Tensor:
        at = (i * B * T) % (stream.numel() - B * T - 2)
        x, y = stream[at : at + B * T].view(B, T), stream[at + 1 : at + 1 + B * T].view(B, T)
        with torch.autocast(device.type, torch.bfloat16, enabled=dtype == "bf16"):
            loss = forward(x, y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    for i in range(10):
        loss = step(i)
    synchronize(device)
    rounds = []
    for _ in range(5):
        start = time.perf_counter()
        for i in range(steps):
            loss = step(i)
        synchronize(device)
        rounds.append((time.perf_counter() - start) / steps)
    seconds = statistics.median(rounds)
    return {
        "config": name,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else str(device),
        "torch": torch.__version__,
        "mode": "compiled" if compiled else "eager",
        "dtype": dtype,
        "medianMs": round(seconds * 1e3, 3),
        "bestMs": round(min(rounds) * 1e3, 3),
        "tokensPerSecond": round(B * T / seconds),
        "loss": round(loss.item(), 4),
    }


def time_matmul(device: torch.device, dtype: str, size: int = 4096) -> dict:
    torch.backends.cuda.matmul.allow_tf32 = dtype == "tf32"
    kind = torch.bfloat16 if dtype == "bf16" else torch.float32
    a, b = (torch.randn(size, size, device=device, dtype=kind) for _ in range(2))
    for _ in range(3):
        a @ b
    synchronize(device)
    rounds = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(10):
            a @ b
        synchronize(device)
        rounds.append((time.perf_counter() - start) / 10)
    seconds = statistics.median(rounds)
    return {
        "matmul": size,
        "dtype": dtype,
        "medianMs": round(seconds * 1e3, 3),
        "gflops": round(2 * size**3 / seconds / 1e9),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default="C0,C1,C2")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--kernels", action="store_true", help="only the 4096 matmul")
    args = parser.parse_args()
    kind = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    device = torch.device(kind)
    # Only CUDA has TF32.
    dtypes = ("f32", "tf32", "bf16") if kind == "cuda" else ("f32", "bf16")
    if args.kernels:
        for dtype in dtypes:
            print(json.dumps(time_matmul(device, dtype)), flush=True)
        return
    for name in args.config.split(","):
        for compiled in (False, True):
            for dtype in dtypes:
                torch.compiler.reset()
                print(json.dumps(time_step(name, device, args.steps, compiled, dtype)), flush=True)


if __name__ == "__main__":
    main()
