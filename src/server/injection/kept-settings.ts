import { Fault } from '../../kit/fault.ts';
import { createLog } from '../../kit/log.ts';
import { type InjectionConfig, parseInjectionConfig } from '../../injector/injection-config.ts';
import type { JsonObject } from '../../injector/json.ts';
import { parseInjectionValues } from '../../injector/values.ts';
import * as metrics from './metrics.ts';

/** What pods are injected by. */
export interface InjectorSettings {
  readonly config: InjectionConfig;
  readonly values: JsonObject;
}

/** The texts of the keys `config` and `values`, where they are written. */
export interface SettingsTexts {
  readonly config?: string | undefined;
  readonly values?: string | undefined;
}

/** Where settings come from, and how they fare: for people. */
export interface SettingsReport {
  /** `ConfigMap istio-system/istio-sidecar-injector`, a folder, or `built in`. */
  readonly from: string;
  /** Why what is written now is not what pods get. */
  readonly problem?: string;
}

const log = createLog('injection');

/**
 * The settings of injection. Those that cannot be read leave the last good ones in force: a typing error in a template must not keep every pod of
 * a cluster from starting.
 */
export class KeptSettings {
  #settings: InjectorSettings = {
    config: parseInjectionConfig('policy: enabled'),
    values: parseInjectionValues(''),
  };
  #report: SettingsReport = { from: 'built in' };
  #texts: SettingsTexts = {};

  constructor() {
    metrics.configValid.set(1);
  }

  get current(): InjectorSettings {
    return this.#settings;
  }

  get report(): SettingsReport {
    return this.#report;
  }

  /** Takes what is written now. Nothing at all leaves things as they are: an installation that is being replaced is gone for a moment. */
  take(texts: SettingsTexts | undefined, from: string): void {
    if (texts === undefined) {
      this.#lose();
      return;
    }
    const isSame = texts.config === this.#texts.config && texts.values === this.#texts.values;
    if (isSame && this.#report.from === from) return;
    this.#texts = texts;
    try {
      this.#settings = readSettings(texts);
      this.#report = { from };
      metrics.configValid.set(1);
      log.info({ event: 'injection.configured', from }, `pods are injected as ${from} says`);
    } catch (error) {
      this.#refuse(Fault.from(error), from);
    }
  }

  #refuse(fault: Fault, from: string): void {
    if (fault.code === 'INTERNAL') throw fault;
    this.#report = { from, problem: fault.message };
    metrics.configValid.set(0);
    log.error(
      { event: 'injection.config-refused', from, code: fault.code },
      `${from} cannot be read, and pods are injected as before: ${fault.message}`,
    );
  }

  #lose(): void {
    if (this.#texts.config === undefined) return;
    this.#texts = {};
    log.warn(
      { event: 'injection.config-gone', from: this.#report.from },
      `${this.#report.from} is gone; what it said stays`,
    );
  }
}

function readSettings({ config = '', values = '' }: SettingsTexts): InjectorSettings {
  return { config: parseInjectionConfig(config), values: parseInjectionValues(values) };
}
