/** What these tests' sessions identify themselves with. */
export const TOKEN = new TextEncoder().encode("the token of the tests");
