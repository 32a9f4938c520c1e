// The application's logger as it was, with one transport more.

import { readFileSync } from "node:fs";
import winston from "winston";
import { VigiaTransport } from "./vigia-transport.js";

const transports = [
  new winston.transports.Console({
    format: winston.format.combine(winston.format.colorize(), winston.format.simple()),
  }),
];

const { VIGIA_URL, VIGIA_KEY, VIGIA_KEY_FILE, LOG_LEVEL } = process.env;
let vigia;
if (VIGIA_URL) {
  const key = VIGIA_KEY_FILE ? readFileSync(VIGIA_KEY_FILE, "ascii").trim() : VIGIA_KEY;
  // winston's times name no zone, so the zone of this process is said once, here.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  vigia = new VigiaTransport({ url: VIGIA_URL, key, service: "shop", zone });
  transports.push(vigia);
}

export const logger = winston.createLogger({
  level: LOG_LEVEL || "info",
  format: winston.format.combine(
    winston.format.timestamp({ format: "YYYY-MM-DD HH:mm:ss" }),
    winston.format.errors({ stack: true }),
    winston.format.splat(),
    winston.format.json(),
  ),
  transports,
});

/** Sends what is waiting; for the end of the process. */
export async function closeLogger() {
  logger.end();
  await vigia?.finish();
}
