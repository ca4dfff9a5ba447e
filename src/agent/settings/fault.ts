import { declareFaults } from '../../kit/fault.ts';

/** Faults of what the agent is started with. */
export const settingFault = declareFaults({
  AGENT_SETTING: {
    blame: 'caller',
    retry: false,
    meaning: 'An environment variable, annotation or ProxyConfig of the agent cannot be used as it is written.',
  },
});
