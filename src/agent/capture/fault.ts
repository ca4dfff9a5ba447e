import { declareFaults } from '../../kit/fault.ts';

/** Faults of traffic capture. */
export const captureFault = declareFaults({
  CAPTURE_SETTING: {
    blame: 'caller',
    retry: false,
    meaning: 'A setting of traffic capture cannot be used as it is written.',
  },
  CAPTURE_TOOL: {
    blame: 'us',
    retry: false,
    meaning:
      'A tool that changes the packet filter (iptables, nft, ip) is not there, or the kernel refused what it asked.',
  },
  CAPTURE_MISSING: {
    blame: 'us',
    retry: false,
    meaning:
      'The check of captured traffic did not find it captured: the rules are not there, or something is before them.',
  },
});
