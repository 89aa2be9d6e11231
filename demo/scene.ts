/** What the demo's target is made of, as both sides must know it. */

export const hostName = "demo-target";
export const address = "10.99.0.1";
export const publicPort = 8080;
export const servicePort = 9000;
/** Stands only in the target's /etc/hosts. */
export const privateName = "db.demo.internal";
export const privateAnswer = "the private service answers";
export const greetingFile = "/srv/greeting.txt";
export const variable = "DEMO_COLOUR";
export const variableValue = "turquoise";
