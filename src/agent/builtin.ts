/**
 * Modules of Node's that are dear to `import`: that reads every export, and some of these load more only when they are read (a browser's fetch and
 * WebSocket, web cryptography). Asked for this way they cost what is used of them: five megabytes less in every pod.
 */
export const http = process.getBuiltinModule('node:http');
export const crypto = process.getBuiltinModule('node:crypto');
