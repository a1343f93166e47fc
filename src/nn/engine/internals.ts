// Objects that train.ts can reach through its tensors, initialisers and the lab's errors although the module "nn" does
// not export them, and that outlive one evaluation of train.ts.
import { LabError } from "../../error.ts";
import { Node, operations, Tape, Value } from "../graph/graph.ts";
import { StructureNode } from "../graph/structure-trie.ts";
import { Random } from "../values/random.ts";
import { Recorder } from "../tensor/recorder.ts";
import { InputTensor, Session } from "./session.ts";

/** The objects to freeze, with everything reachable from them, before a train.ts runs. */
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
