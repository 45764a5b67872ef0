// Trains a small neural network on two interleaved half circles and prints a line of JSON after each epoch.
// Stands for any program: it imports nothing and has never heard of sweeps.
//   node sweeps/trainers/two-moons.mjs --learning_rate=0.3 --hidden=8 --l2=0.0001 --seed=1
const options = Object.fromEntries(process.argv.slice(2).map((argument) => argument.replace(/^--/, '').split('=')))
const learningRate = Number(options.learning_rate ?? 0.3)
const H = Number(options.hidden ?? 8)
const l2 = Number(options.l2 ?? 0.0001)
const epochs = Number(options.epochs ?? 40)

// A linear congruential generator is random enough for a toy (constants: Numerical Recipes).
let state = Number(options.seed ?? 1) >>> 0
const uniform = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}
const noise = () => (uniform() + uniform() + uniform() + uniform() - 2) * 0.5

/** Points [x, y, label]: label 0 on the upper half circle, 1 on the lower one, blurred so that they overlap a little. */
const moons = (count) =>
  Array.from({ length: count }, (_, i) => {
    const angle = Math.PI * uniform()
    const [x, y] = i % 2 === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)]
    return [x + noise(), y + noise(), i % 2]
  })

const train = moons(400)
const validation = moons(400)

// H hidden units: two weights in, a bias, one weight out.
const units = Array.from({ length: H }, () => ({ a: 2 * noise(), b: 2 * noise(), c: 0, out: 2 * noise() }))
let bias = 0

function forward(x, y) {
  const hidden = units.map(({ a, b, c }) => Math.tanh(a * x + b * y + c))
  const logit = hidden.reduce((sum, h, i) => sum + h * units[i].out, bias)
  return { hidden, p: 1 / (1 + Math.exp(-logit)) }
}

function learn([x, y, label]) {
  const { hidden, p } = forward(x, y)
  const error = p - label
  units.forEach((unit, i) => {
    const back = error * unit.out * (1 - hidden[i] ** 2)
    unit.out -= learningRate * (error * hidden[i] + l2 * unit.out)
    unit.a -= learningRate * (back * x + l2 * unit.a)
    unit.b -= learningRate * (back * y + l2 * unit.b)
    unit.c -= learningRate * back
  })
  bias -= learningRate * error
}

const accuracy = (points) =>
  points.filter(([x, y, label]) => forward(x, y).p > 0.5 === (label === 1)).length / points.length

for (let epoch = 1; epoch <= epochs; epoch++) {
  for (const point of train) learn(point)
  const line = { epoch, train_accuracy: accuracy(train), val_accuracy: accuracy(validation) }
  console.log(JSON.stringify(line))
}
