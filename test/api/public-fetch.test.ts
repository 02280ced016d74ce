import { describe, expect, it } from 'vitest';
import { isInside, publicFetch } from '../../api/public-fetch.js';

describe('an address that a tenant typed', () => {
  it.each(['https://127.0.0.1/', 'https://10.1.2.3/', 'https://169.254.169.254/latest', 'https://[::1]/', 'https://[fd00::1]/', 'https://[::ffff:10.0.0.1]/', 'https://[::ffff:a00:1]/', 'https://[::10.0.0.1]/', 'https://[64:ff9b::a00:1]/', 'https://[2002:a00:1::]/', 'https://2130706433/', 'https://0x7f.1/', 'https://localhost./', 'http://example.com/', 'https://localhost/'])('leads not into our own network: %s', async (address) => {
    await expect(publicFetch(address)).rejects.toThrow();
  });

  it.each(['8.8.8.8', '2606:4700::1111', '172.32.0.1'])('may be one of the internet: %s', (address) => expect(isInside(address)).toBe(false));
});
