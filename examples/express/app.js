// A small Express back end whose sign-in service logs `[AUTH]` lines with winston.

import { randomBytes, randomUUID, scryptSync, timingSafeEqual } from "node:crypto";
import express from "express";
import { closeLogger, logger } from "./logger.js";

const MAX_FAILURES = 5;
const WINDOW_MS = 15 * 60 * 1000;
const users = new Map();
const tokens = new Map();
const failures = new Map();

const hash = (password, salt) => scryptSync(password, salt, 64);

function addUser(email, password, role = "user") {
  const salt = randomBytes(16);
  const user = { id: randomUUID(), email, role, salt, hash: hash(password, salt) };
  users.set(email, user);
  return user;
}

/** Whether this pair of account and address has failed too often of late. */
function limited(email, ip) {
  const recent = (failures.get(`${email} ${ip}`) ?? []).filter((time) => time > Date.now() - WINDOW_MS);
  failures.set(`${email} ${ip}`, recent);
  return recent.length >= MAX_FAILURES;
}

const app = express();
app.use(express.json());

app.post("/api/register", ({ body, ip }, reply) => {
  if (users.has(body.email)) return reply.status(409).json({ error: "taken" });
  const user = addUser(body.email, body.password);
  logger.info(`[AUTH] Novo usuário registrado | Email: ${user.email} | UserID: ${user.id} | IP: ${ip}`);
  reply.status(201).json({ id: user.id });
});

app.post("/api/login", ({ body, ip }, reply) => {
  if (limited(body.email, ip)) {
    logger.warn(`[AUTH] Rate limit atingido | Email: ${body.email} | IP: ${ip}`);
    return reply.status(429).json({ error: "too many attempts" });
  }
  const user = users.get(body.email);
  const known = user ?? { salt: Buffer.alloc(16), hash: Buffer.alloc(64) };
  if (!timingSafeEqual(hash(body.password, known.salt), known.hash)) {
    failures.get(`${body.email} ${ip}`).push(Date.now());
    logger.warn(`[AUTH] Login falhou | Email: ${body.email} | IP: ${ip} | Erro: Credenciais inválidas`);
    return reply.status(401).json({ error: "invalid credentials" });
  }
  logger.info(`[AUTH] Login bem-sucedido | Email: ${user.email} | UserID: ${user.id} | Role: ${user.role} | IP: ${ip}`);
  const token = randomUUID();
  tokens.set(token, user);
  reply.json({ token });
});

app.post("/api/password", ({ body, headers, ip }, reply) => {
  const user = tokens.get(headers.authorization?.replace(/^Bearer /, ""));
  if (!user) {
    logger.warn(`[AUTH] Token inválido detectado | IP: ${ip} | Erro: jwt malformed`);
    return reply.status(401).json({ error: "invalid token" });
  }
  user.salt = randomBytes(16);
  user.hash = hash(body.password, user.salt);
  for (const [token, owner] of tokens) if (owner === user) tokens.delete(token);
  logger.info(`[AUTH] Senha atualizada | Email: ${user.email} | UserID: ${user.id} | IP: ${ip}`);
  reply.json({ ok: true });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");

// A stop answers what is under way, then sends what is waiting.
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, async () => {
    server.close();
    server.closeAllConnections();
    await closeLogger();
    process.exit(0);
  });
}
