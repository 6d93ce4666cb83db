// The interfaces transformation, predicate and converter.

import * as dispatch from "../dispatch.js";
import { answering } from "./calls.js";
import { ending } from "./plugin.js";

const close = ending("close", dispatch.close);

export const transformation = {
  configure: answering(dispatch.configureTransformation),
  apply: answering(dispatch.apply),
  close,
};

export const predicate = {
  configure: answering(dispatch.configurePredicate),
  test: answering(dispatch.test),
  close,
};

export const converter = {
  configure: answering(dispatch.configureConverter),
  fromConnect: answering(dispatch.fromConnect),
  toConnect: answering(dispatch.toConnect),
};
