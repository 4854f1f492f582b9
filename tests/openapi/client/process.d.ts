declare const process: { argv: string[]; exitCode?: number };
