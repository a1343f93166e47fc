// The repository: real git in the browser. isomorphic-git over lightning-fs over a store whose batches are atomic and
// durable, so that an acknowledged experiment (objects, branches and journal) cannot be lost; bundles that any git can
// clone and that are checked completely before they are adopted; and the lock that makes one tab the owner of the lab.
// No other folder uses isomorphic-git or the store's bytes. Errors: LabError "git", "storage" and "lock".

export type * from "./objects/model.ts";
export { openRepository } from "./history/repository.ts";
export { deleteIndexedDb, indexedDbStore } from "./storage/indexeddb-store.ts";
export { memoryStore, type RawStore, type Store } from "./storage/store.ts";
export { fileWitness, memoryWitness, type Witness, type WitnessStore } from "./storage/witness.ts";
export { type Copy, numberOf, readableValues, type Salvage, salvage } from "./history/salvage.ts";
export { acquireLab, waitForLab, type LabLock } from "./storage/lab-lock.ts";
export { persistStorage } from "./storage/persist.ts";
export { composeMessage, parseMessage } from "./objects/message.ts";
export { checkTag, notebookBranch, studyBranch } from "./objects/names.ts";
