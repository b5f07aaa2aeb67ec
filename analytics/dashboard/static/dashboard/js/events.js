import { get } from "./api.js";
