// What the most common passwords are made of, from the lists that leaks have made public. Longer words first, so that a
// word is found before its own beginning.

const words = `
password passwort passwords motdepasse contrasena contraseña parola senha wachtwoord haslo salasana lozinka parole
passw0rd passwd pass123 letmein welcome willkommen bienvenue benvenuto bienvenido iloveyou iloveu loveyou loveme ichliebedich
jetaime teamo tiamo admin administrator adminadmin superuser superman batman spiderman ironman wonderwoman root toor
default changeme changeit change secret geheim topsecret private privat access login logon signin user username guest
master supervisor operator manager system server service support helpdesk backup testing tester test123 test demo sample
example temp temporary temppass newpass newpassword mypassword yourpassword thepassword firstpassword qwerty qwertz azerty
qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm yxcvbnm qazwsx qweasd qweasdzxc asdasd qweqwe zxczxc abcdef abcabc abcd1234
abc123 abc1234 123abc 123qwe 1q2w3e 1q2w3e4r 1qaz2wsx q1w2e3r4 a1b2c3d4 aa123456 a123456 123456 12345 1234567 12345678
123456789 1234567890 0987654321 987654321 654321 123123 123321 112233 121212 131313 111111 222222 333333 444444 555555
666666 777777 888888 999999 000000 696969 football fussball soccer baseball basketball hockey tennis golfer cricket rugby
liverpool arsenal chelsea barcelona realmadrid manchester juventus bayern dortmund yankees lakers cowboys steelers eagles
dragon monkey tiger lion panther falcon eagle shark wolf bear horse puppy kitten kitty hellokitty butterfly dolphin
chicken turtle rabbit buster maggie ginger pepper cookie cheese chocolate banana orange apple cherry peanut pumpkin
summer sommer winter spring fruehling autumn herbst january february march april june july august september october
november december monday tuesday wednesday thursday friday saturday sunday sunshine rainbow starlight moonlight
princess prinzessin princesa prince queen king angel angels heaven blessed jesus jesuschrist christ faith godisgood
freedom liberty justice peace love lover lovely forever always together family mother father sister brother baby
babygirl babyboy girlfriend boyfriend darling sweetheart sweety honey sugar flower flowers rose blume sunflower
michael jennifer jessica ashley nicole daniel andrew joshua matthew anthony robert thomas charlie george william
jordan hunter harley killer ranger trustno1 whatever nothing something anything everything computer internet keyboard
laptop windows microsoft google facebook instagram youtube twitter linkedin amazon android iphone samsung nokia
pokemon pikachu naruto minecraft fortnite roblox starwars skywalker matrix gandalf hobbit harrypotter hogwarts
mustang corvette ferrari porsche mercedes yamaha suzuki honda toyota bmw audi phoenix thunder lightning diamond
silver golden gold platinum crystal shadow ghost ninja samurai pirate wizard magic mystic cosmos universe galaxy
london paris berlin madrid newyork chicago dallas austin boston texas america canada australia england germany
france italia espana mexico brasil russia china india japan hello hallo bonjour hola ciao goodbye please thankyou
company corporate business office office365 office2024 insula openai chatgpt claude llama correcthorse
correcthorsebatterystaple batterystaple
`;

/** Lower-case words, longest first. */
export const frequentWords: readonly string[] = [...new Set(words.trim().split(/\s+/))].sort(
  (a, b) => b.length - a.length,
);
