import path from 'node:path';
import { ConfigDocument } from '../../config/read/config-document.ts';
import { FileSource } from '../../discovery/directory/file-source.ts';
import type { SourceChange } from '../../discovery/source.ts';
import type { Part } from '../lifecycle.ts';
import type { SettingsTexts } from './kept-settings.ts';

/** Where istiod has the injector's settings mounted, from its working folder. */
export const SETTINGS_FOLDER = './var/lib/istio/inject';

/**
 * Follows a folder with the files `config` and `values`; both have to be there. Told first of all now, if they are.
 * @see istio pilot/pkg/bootstrap/sidecarinjector.go `initSidecarInjector`
 */
export function watchSettingsFolder(folder: string, onTexts: (texts: SettingsTexts | undefined) => void): Part {
  const texts: { config?: string; values?: string } = {};
  const follow = (name: 'config' | 'values') => {
    const source = new FileSource({ path: path.join(folder, name) });
    const onChange = (change: SourceChange) => {
      const text = findText(change);
      if (text === undefined) delete texts[name];
      else texts[name] = text;
      const { config, values } = texts;
      onTexts(config === undefined || values === undefined ? undefined : { config, values });
    };
    return { start: () => source.start({ onChange, onSynced: () => {} }), stop: () => source.stop() };
  };
  const files = [follow('config'), follow('values')];
  return {
    name: 'injection settings',
    async start() {
      await Promise.all(files.map((file) => file.start()));
    },
    async stop() {
      await Promise.all(files.map((file) => file.stop()));
    },
  };
}

function findText({ groups }: SourceChange): string | undefined {
  const document = groups[0]?.objects[0];
  return document instanceof ConfigDocument ? document.text : undefined;
}
