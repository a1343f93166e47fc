// What train.ts can reach through its tensors, its models' initialisers and the lab's errors although no name of "nn"
// leads to it, and what outlives one evaluation of it.
import { LabError } from "../../error.ts";
import { Node, operations, Tape, Value } from "../graph/graph.ts";
import { StructureNode } from "../graph/structure-trie.ts";
import { Random } from "../values/random.ts";
import { Recorder } from "../tensor/recorder.ts";
import { InputTensor, Session } from "./session.ts";

/** To be frozen, with all that they lead to, before a train.ts runs. */
export function internals(): object[] {
  return [
    ...operations(),
    Node,
    Tape,
    Value,
    StructureNode,
    Random,
    Recorder,
    InputTensor,
    Session,
    LabError,
  ];
}
