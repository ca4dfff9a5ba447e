import { declareFaults } from '../kit/fault.ts';

export const injectFault = declareFaults({
  INJECT_CONFIG_INVALID: {
    blame: 'us',
    retry: false,
    meaning: 'The configuration of the injector, its values or one of its templates cannot be read.',
  },
  INJECT_TEMPLATE_FAILED: {
    blame: 'us',
    retry: false,
    meaning: 'A template of the injector failed on a pod, or what it printed is no part of a pod.',
  },
  INJECT_POD_REFUSED: {
    blame: 'caller',
    retry: false,
    meaning: 'A pod asks for something that injection cannot give it; its annotations, mostly.',
  },
});
