// Makes a parameter whose number of elements is no longer a number of 53 bits.
// Ends: crash /too many elements/
/* eslint-disable */
// @ts-nocheck
import * as nn from "nn";
import { training, VOCAB_SIZE } from "prepare";

class Bigram {
  table = nn.parameter([VOCAB_SIZE, VOCAB_SIZE], nn.normal(0.02));
  more = nn.parameter([2 ** 20, 2 ** 20, 2 ** 20, 2 ** 20], nn.zeros); // <- here
  forward(tokens) {
    return nn.embedding(this.table, tokens);
  }
}
for await (const step of training(new Bigram())) step.batch(1);
